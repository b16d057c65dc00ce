# Two stages: the first fetches what the lock names, hashes checked, and installs from that alone, the tools of development left out;
# the second carries only the result and runs without root.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY config config
COPY models models
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-index --find-links /wheels ".[web,cluster,apprise]"

FROM python:3.13-slim
# The folders of the volumes are there and monitor's own: a new volume takes its owner from them.
RUN useradd --system --uid 10001 --home-dir /var/lib/monitor --create-home monitor \
 && install -d -o monitor -g monitor /var/lib/monitor/data /var/lib/monitor/models
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER monitor
WORKDIR /var/lib/monitor
VOLUME ["/var/lib/monitor/data", "/var/lib/monitor/models"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["monitor"]
CMD ["run"]
