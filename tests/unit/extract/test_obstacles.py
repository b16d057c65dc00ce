"""Takes pages that stand before an article, and articles that speak of such pages, gives tests that both are told apart."""

import pytest

from monitor.extract.page import read_page
from monitor.types import PageText

OPENING = (
    "The old quay opened again on Saturday after two years of work, and the first ferry left before dawn with forty "
    "passengers and a brass band on board."
)
FOOTER = "<footer><a href='/login'>Log in</a> <a href='/s'>Subscribe</a> We use cookies. <a href='/p'>Privacy policy</a></footer>"
MENU = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(12)) + "</ul></nav>"


def read(title: str, *paragraphs: str, main: str = "") -> PageText:
    """Read a page of these paragraphs, between a menu and a footer such as every outlet has."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return read_page(
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title></head><body>{MENU}"
        f"<main><h1>{title}</h1>{body}{main}</main>{FOOTER}</body></html>".encode(),
        "https://outlet.example/news/quay",
    )


@pytest.mark.parametrize(
    ("note", "title", "paragraphs"),
    [
        # captchas and refusals
        ("captcha page", "Just a moment...", ["Checking your browser before accessing outlet.example."]),
        ("captcha page", "Outlet", ["Verify you are human by completing the action below.", "Ray ID: 7f3a"]),
        ("captcha page", "Are you a robot?", ["Please click the box below to let us know you are not a robot."]),
        (
            "captcha page",
            "Outlet",
            [
                "Our systems have detected unusual traffic from your computer network. Please try your request again later."
            ],
        ),
        (
            "captcha page",
            "Access Denied",
            ["You do not have permission to view this page on this server.", "Reference 18"],
        ),
        ("captcha page", "Un momento…", ["Verifica que eres un ser humano. Esto puede tardar unos segundos."]),
        ("captcha page", "Periódico", ["No soy un robot", "Hemos recibido tráfico inusual desde su red."]),
        ("captcha page", "Jornal", ["Verifique se você é humano para continuar.", "Verificando o seu navegador"]),
        ("captcha page", "Accès refusé", ["Votre accès a été refusé par la politique de sécurité du site."]),
        ("captcha page", "Un instant…", ["Vérifiez que vous êtes humain avant de poursuivre votre visite."]),
        # pages that are programs
        ("page needs JavaScript", "Outlet", ["Please enable JavaScript to view this page properly."]),
        ("page needs JavaScript", "Outlet", ["JavaScript is disabled in your browser."]),
        ("page needs JavaScript", "Diario", ["Active JavaScript en su navegador para ver este sitio."]),
        ("page needs JavaScript", "Jornal", ["Habilite o JavaScript para usar este aplicativo."]),
        ("page needs JavaScript", "Journal", ["Activez JavaScript pour afficher cette page."]),
        # consent
        (
            "consent page",
            "Your privacy choices",
            [
                "We and our 842 partners store and read information on your device, such as identifiers kept in cookies.",
                "Accept all",
            ],
        ),
        ("consent page", "Before you continue", ["We value your privacy.", "Accept all", "Reject all"]),
        (
            "consent page",
            "Diario del Puerto",
            [
                "Nosotros y nuestros 312 socios almacenamos información en su dispositivo para medir la audiencia.",
                "Aceptar todo",
            ],
        ),
        ("consent page", "Jornal do Porto", ["Valorizamos a sua privacidade.", "Aceitar todos", "Gerir opções"]),
        (
            "consent page",
            "Le Port",
            [
                "Avec nos 120 partenaires, nous utilisons des traceurs pour mesurer l’audience.",
                "Continuer sans accepter",
            ],
        ),
        # paywalls, of which the beginning of the article is shown
        ("paywall", "Quay reopens", [OPENING, "Subscribe to continue reading this article."]),
        ("paywall", "Quay reopens", [OPENING, "This article is for subscribers only. Already a subscriber? Sign in."]),
        ("paywall", "Quay reopens", [OPENING, "You have reached your limit of free articles this month."]),
        ("paywall", "Quay reopens", [OPENING, "Create a free account to read the rest of this story."]),
        (
            "paywall",
            "Reabre el muelle",
            ["El muelle viejo reabrió el sábado tras dos años de obras.", "Suscríbete para seguir leyendo"],
        ),
        (
            "paywall",
            "Reabre el muelle",
            ["El muelle viejo reabrió el sábado.", "Contenido exclusivo para suscriptores"],
        ),
        (
            "paywall",
            "Cais reabre",
            ["O velho cais reabriu no sábado após dois anos de obras.", "Assine para continuar lendo"],
        ),
        (
            "paywall",
            "Cais reabre",
            ["O velho cais reabriu no sábado.", "Conteúdo exclusivo para assinantes. Já é assinante? Entre."],
        ),
        (
            "paywall",
            "Le quai rouvre",
            ["Le vieux quai a rouvert samedi après deux ans de travaux.", "Cet article est réservé aux abonnés."],
        ),
        (
            "paywall",
            "Le quai rouvre",
            [
                "Le vieux quai a rouvert samedi.",
                "Il vous reste 84 % de cet article à lire. Pour lire la suite, abonnez-vous.",
            ],
        ),
        # logging in
        ("login page", "Sign in | Outlet", ["Sign in to your account to read the news that matter to you."]),
        ("login page", "Outlet", ["Please log in to view this page.", "Forgot your password?"]),
        ("login page", "Iniciar sesión", ["Inicie sesión con su correo. ¿Ha olvidado su contraseña?"]),
        ("login page", "Entrar - Jornal", ["Faça login com o seu e-mail.", "Esqueceu sua senha?"]),
        ("login page", "Connexion", ["Connectez-vous à votre espace personnel.", "Mot de passe oublié ?"]),
        # nothing there, with status 200
        ("page not found", "Page not found | Outlet", ["The page you requested may have been moved. Try the search."]),
        ("page not found", "404", ["Sorry, we couldn’t find that page."]),
        ("page not found", "Outlet", ["This article is no longer available on our site."]),
        (
            "page not found",
            "Página no encontrada",
            ["Lo sentimos, la página que busca no existe o ha cambiado de dirección."],
        ),
        ("page not found", "Página não encontrada", ["Não encontramos o que você procura."]),
        ("page not found", "Page introuvable", ["Désolé, la page demandée n’existe plus."]),
    ],
)
def test_what_stands_before_an_article_is_named(note: str, title: str, paragraphs: list[str]) -> None:
    """There is no text then, so that nothing is judged by a form, a banner or a sidebar."""
    found = read(title, *paragraphs)

    assert (found.text, found.note) == ("", note)


@pytest.mark.parametrize(
    ("title", "paragraphs"),
    [
        (
            "Court limits cookie banners",
            [
                "Web sites may no longer ask visitors to accept all cookies with one button, the appeal "
                "court ruled on Friday."
            ],
        ),
        (
            "Robots pass the test",
            [
                "Programs now solve the captcha that asks people to prove they are human, a study by two "
                "universities found on Monday."
            ],
        ),
        (
            "Are you a robot? Ferry hands ask for proof",
            [
                "Deck hands on the night ferry must show a badge after machines were booked in as "
                "passengers, the union said."
            ],
        ),
        (
            "Thousands unable to log in to tax portal",
            [
                "Taxpayers could not log in to the portal on Monday, the last day for declarations, "
                "after a cable was cut at the quay."
            ],
        ),
        (
            "Bank resets passwords",
            [
                "Customers who had forgotten their password waited for hours, and the bank asked them to "
                "sign in to its old site instead."
            ],
        ),
        (
            "Paper drops its paywall",
            [
                "The island’s only newspaper will let everyone read its articles, which had been for "
                "subscribers only since 2019."
            ],
        ),
        (
            "Subscribers sue streaming service",
            [
                "Some 4,000 people who had been told to subscribe to continue watching the regatta want "
                "their money back."
            ],
        ),
        (
            "Library reading scheme",
            [
                "To keep reading scores up, schools along the coast will open their libraries in August, "
                "the ministry said on Tuesday."
            ],
        ),
        (
            "JavaScript turns thirty",
            [
                "Sites that need JavaScript to show a line of text shut out older phones, engineers told "
                "a meeting in the harbour town."
            ],
        ),
        (
            "Access denied to inspectors",
            [
                "Inspectors were denied access to the silo on Thursday, and the agency that sent them "
                "said it would go to court."
            ],
        ),
        (
            "Minister: page not found",
            [
                "A page was not found in the file handed to the inquiry, its chair said, and the "
                "minister could not say where it is."
            ],
        ),
        (
            "Missing 404 metres of cable",
            [
                "Divers looked in vain for 404 metres of copper cable that had gone missing from the sea "
                "bed between two islands."
            ],
        ),
        (
            "Privacy law passes",
            [
                "“We value your privacy”, the speaker told a full house, before members voted 61 to 20 "
                "for the bill on personal data."
            ],
        ),
        (
            "Ferry company to manage cookies itself",
            [
                "Passengers will get fresh cookies on board again: the company bakes them itself after "
                "its supplier went out of business."
            ],
        ),
        (
            "Unusual traffic in the strait",
            [
                "Pilots reported unusual traffic in the strait on Sunday, with nineteen tankers at "
                "anchor and no sign of their crews."
            ],
        ),
        (
            "Security check delays hundreds",
            [
                "A security check at the terminal took four hours on Friday, and three ferries left "
                "without most of their passengers."
            ],
        ),
        (
            "Members of the club vote",
            [
                "The report is available to members of the rowing club, who will vote in May on whether "
                "to sell the boat house."
            ],
        ),
        (
            "Sign in sheet proves decisive",
            [
                "The sign in sheet at the gate shows that the guard had left by nine, the prosecutor "
                "told the jury on Wednesday."
            ],
        ),
        (
            "Phishing wave hits port",
            [
                "Messages that ask staff to verify you are human and then enter your password have "
                "reached half of the port’s offices."
            ],
        ),
        (
            "Newsletter founder dies",
            [
                "She began with a newsletter to twelve neighbours and ended with the best read paper on "
                "the coast. She was 81."
            ],
        ),
        (
            "El tribunal y las cookies",
            [
                "Los portales ya no podrán pedir que se acepten todas las cookies con un solo botón, "
                "resolvió el viernes el tribunal."
            ],
        ),
        (
            "Miles sin poder entrar",
            [
                "Miles de contribuyentes no pudieron iniciar sesión en el portal el lunes, último día "
                "para declarar, tras cortarse un cable."
            ],
        ),
        (
            "El diario abre su archivo",
            [
                "El único diario de la isla dejará leer a todos sus notas, que eran contenido para "
                "suscriptores desde 2019."
            ],
        ),
        (
            "La página perdida",
            [
                "Una página no encontrada en el expediente retrasa la causa del muelle, dijo la jueza el "
                "martes ante las partes."
            ],
        ),
        (
            "Tráfico inusual en el estrecho",
            [
                "Los prácticos vieron tráfico inusual en el estrecho el domingo, con diecinueve "
                "petroleros fondeados y sin tripulantes."
            ],
        ),
        (
            "Tribunal limita cookies",
            [
                "Os portais não poderão mais pedir que se aceite tudo com um só botão, decidiu na "
                "sexta-feira o tribunal de recursos."
            ],
        ),
        (
            "Jornal abre o arquivo",
            [
                "O único jornal da ilha deixará todos lerem o que era conteúdo exclusivo para assinantes "
                "desde 2019, disse a editora."
            ],
        ),
        (
            "Milhares sem acesso",
            [
                "Milhares de contribuintes não conseguiram fazer login no portal na segunda-feira, "
                "último dia, depois de um cabo cortado."
            ],
        ),
        (
            "La cour et les cookies",
            [
                "Les sites ne pourront plus demander de tout accepter par un seul bouton, a jugé "
                "vendredi la cour d’appel du port."
            ],
        ),
        (
            "Le journal ouvre ses archives",
            [
                "Le seul journal de l’île ouvrira à tous ses articles, jusqu’ici réservés aux abonnés, a "
                "annoncé mardi sa rédactrice."
            ],
        ),
        (
            "Des milliers sans accès",
            [
                "Des milliers de contribuables n’ont pas pu se connecter au portail lundi, dernier jour, "
                "après la rupture d’un câble."
            ],
        ),
        (
            "Cookie recipe wins prize",
            [
                "The jury liked the salt. Accept cookies from strangers only at this fair, the baker "
                "told children, who laughed at her."
            ],
        ),
    ],
)
def test_an_article_that_speaks_of_such_pages_is_an_article(title: str, paragraphs: list[str]) -> None:
    """Even a short one: the words are the same, but they do not address the reader."""
    found = read(title, *paragraphs)

    assert (found.note, found.text) == ("", "\n".join(paragraphs))


@pytest.mark.parametrize(
    "line",
    [
        "We use cookies to improve your visit.",
        "Please log in to comment.",
        "Don't have an account? Register for free.",
        "Utilizamos cookies propias y de terceros.",
        "Connectez-vous pour commenter.",
    ],
)
def test_a_banner_beside_an_article_does_not_hide_it(line: str) -> None:
    """What remains is prose enough."""
    found = read("Quay reopens", OPENING, OPENING.replace("Saturday", "Sunday"), line)

    assert found.note == ""
    assert found.text.startswith("The old quay")


HEADLINES = [f"Harbour board names officer number {number} after long debate" for number in range(12)]
TEASER = "The board of the harbour met for the {}th time on Monday and agreed on who is to lead the works at the quay."


@pytest.mark.parametrize(
    "card",
    [
        "<article><h2><a href='/{n}'>{headline}</a></h2><p>{teaser}</p></article>",
        "<article><h2><a href='/{n}'>{headline}</a></h2><time>Monday</time></article>",
        "<div class=card><h3><a href='/{n}'>{headline}</a></h3><p>{teaser}</p></div>",
        "<div class=card><a href='/{n}'><h3>{headline}</h3><p>{teaser}</p></a></div>",
        "<div class=card><a href='/{n}'>{headline}</a><p>{teaser}</p></div>",
        "<div class=post><h2><a href='/{n}'>{headline}</a></h2><div class=entry-content><p>{teaser}</p></div></div>",
    ],
)
def test_a_list_of_articles_is_none(card: str) -> None:
    """A front page, a section or a tag, where a dead link often leads: none of its headlines is the entry's."""
    cards = "".join(
        card.format(n=number, headline=headline, teaser=TEASER.format(number))
        for number, headline in enumerate(HEADLINES)
    )

    found = read("Harbour", main=cards)

    assert (found.text, found.note) == ("", "index page")


def test_an_article_among_many_headlines_is_an_article() -> None:
    """A short one, between a sidebar and "more on this"."""
    cards = "".join(f"<div><h3><a href='/{n}'>{headline}</a></h3></div>" for n, headline in enumerate(HEADLINES))

    found = read("Quay reopens", OPENING, OPENING.replace("Saturday", "Sunday"), main=f"<aside>{cards}</aside>{cards}")

    assert found.note == ""
    assert found.text.startswith("The old quay")
