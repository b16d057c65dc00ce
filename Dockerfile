# Two stages: the first fetches what the lock names, hashes checked, builds our wheel, and installs from these alone, the tools of
# development left out; the second carries only the result, has no compiler, and runs without root.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY config config
COPY models models
RUN pip wheel --no-cache-dir --no-deps --no-index --find-links /wheels --wheel-dir /dist . \
 && python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-index --find-links /wheels "$(ls /dist/*.whl)[web,cluster,apprise]"

FROM python:3.13-slim
# The folders of the volumes are there and monitor's own: a new volume takes its owner from them.
RUN groupadd --system --gid 10001 monitor \
 && useradd --system --uid 10001 --gid monitor --home-dir /var/lib/monitor --create-home monitor \
 && install -d -o monitor -g monitor /var/lib/monitor/data /var/lib/monitor/models
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
USER 10001:10001
WORKDIR /var/lib/monitor
VOLUME ["/var/lib/monitor/data", "/var/lib/monitor/models"]
STOPSIGNAL SIGTERM
# While the page is served at all: a sick source is no reason to restart. What serves no page brings a check of its own.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=10)"]
ENTRYPOINT ["monitor"]
CMD ["run"]
