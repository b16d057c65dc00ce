"""Takes nothing, gives the phrases by which pages speak of themselves: a regular expression a line, whatever the case.

English, Spanish, Portuguese, French; a few words of German and Italian.
"""

from collections.abc import Mapping

#: How a sentence of a page begins that stands before an article, by the name of the obstacle; what every page may have
#: somewhere comes last.
SENTENCES: Mapping[str, str] = {
    "captcha page": r"""
        captcha
        (?:verify|confirm)(?:ing)? (?:that )?you(?: are|'re|’re) (?:a |not a )?(?:human|robot)
        are you a (?:robot|human)
        i(?:'m|’m| am) not a robot
        (?:our systems|we) (?:have )?detected unusual
        unusual (?:traffic|activity) from
        checking your browser
        attention required
        press (?:and|&) hold
        (?:complete|pass) the security check
        you have been blocked
        (?:your )?access (?:to this (?:page|site) )?(?:is |has been |was )?denied
        (?:verifi(?:que|ca)|confirm[ae]) que (?:usted )?(?:no )?(?:es|eres) (?:un )?(?:robot|(?:ser )?humano)
        no soy un robot
        (?:comprobando|verificando) (?:tu|su|o seu|seu) navegador
        tráfico inusual
        acceso (?:ha sido )?denegado
        (?:verifique|confirme) (?:se|que) (?:você )?(?:não )?é (?:um )?(?:robô|(?:ser )?humano)
        não sou (?:um )?robô
        tráfego incomum
        acesso (?:foi )?negado
        (?:vérifiez|confirmez) que vous (?:n['’])?êtes (?:pas )?(?:un )?(?:robot|(?:être )?humain)
        je ne suis pas un robot
        vérification de votre navigateur
        trafic inhabituel
        (?:votre )?accès (?:a été |est )?refusé
    """,
    "page needs JavaScript": r"""
        (?:please |you need to |you must |must )?(?:enable|activate|turn on|allow|requires?|needs) java ?script
        java ?script (?:is |must be |appears to be )?(?:disabled|required|enabled|turned off|to run)
        (?:active|activa|activar|habilite|habilita|habilitar|ative|ativar) (?:el |o )?java ?script
        java ?script está des
        (?:requiere|necesita|requer|precisa de|nécessite) java ?script
        (?:activez|activer) java ?script
        java ?script est désactivé
    """,
    "paywall": r"""
        (?:please )?subscribe (?:now |today )?to (?:continue|read|keep|unlock)
        to (?:continue|keep) reading(?:[,:.]|$| (?:this|the|with|for)\b)
        already (?:a subscriber|subscribed|a member)
        (?:exclusive(?:ly)? )?(?:for|to) (?:our )?subscribers only
        subscribers[ -]only
        this (?:article|story|content|report) is (?:for|only|reserved|available|exclusive|limited).{0,30}(?:subscribers|members)
        the (?:full|rest of (?:this|the)) (?:article|story|report) is .{0,30}(?:subscribers|members)
        (?:become|join as) a (?:subscriber|member) to
        unlock (?:this|the full) (?:article|story)
        you(?:'ve|’ve| have) (?:reached|read|used).{0,30}(?:free|limit|articles)
        (?:create|register for) (?:a|your) free account to (?:read|continue|keep)
        (?:log|sign) in or subscribe
        reserved for subscribers
        (?:suscríb(?:ete|ase)|hazte (?:socio|suscriptor)) (?:ahora )?(?:para|y) (?:seguir|sigue|continuar|continúa|leer|lee)
        (?:contenido|artículo|noticia)s? (?:es )?(?:exclusiv[oa]|s[oó]lo|reservad[oa])s? (?:para|a) .{0,10}(?:suscriptores|socios)
        para (?:seguir|continuar) leyendo
        ¿?ya (?:eres|es) suscriptor
        has (?:alcanzado|superado) el límite
        assine (?:agora )?(?:para|e) (?:continu|ler|leia)
        (?:conteúdo|matéria|reportagem)? ?exclusiv[oa] para (?:os )?assinantes
        para continuar (?:lendo|a ler)
        já é assinante
        você atingiu o limite
        abonnez-vous pour (?:lire|continuer|accéder|poursuivre)
        (?:cet )?(?:article|contenu) (?:est )?(?:réservé|exclusif) (?:à nos|aux)
        pour lire la suite
        la suite est réservée
        (?:vous êtes )?déjà abonné
        il vous reste \d+ ?% de cet article
        jetzt weiterlesen
        weiterlesen mit
        bereits abonnent
        abbonati per
        contenuto riservato agli abbonati
    """,
    "login page": r"""
        (?:please )?(?:log|sign) ?in (?:or \w+ (?:an account )?)?(?:to|with|below|using)\b
        please (?:log|sign) ?in
        forgot(?:ten)? (?:your )?password
        enter your (?:e-?mail|password|user)
        create an account to
        don['’]t have an account
        inici(?:a|e|ar) sesión
        (?:olvidaste|has olvidado|olvidó) (?:tu|su|la) contraseña
        introduzca su (?:correo|contraseña)
        (?:faça|fazer) (?:o )?(?:seu )?login
        entre com (?:seu|sua)
        esquec(?:eu|i) (?:sua|a|minha) senha
        digite (?:seu|sua)
        connectez-vous
        se connecter
        identifiez-vous
        mot de passe oublié
        saisissez votre
    """,
    "page not found": r"""
        (?:error )?404\b
        (?:404|page|article|story) (?:was |could )?not (?:be )?found
        (?:sorry|oops|uh[- ]oh|whoops)\b.{0,60}(?:page|find|article|link)
        we (?:can['’]?t|couldn['’]t|could not|cannot|are unable to|were unable to) (?:seem to )?find
        (?:this|the|that) (?:page|article|story|content|link).{0,40}(?:no longer|(?:been|was) (?:re)?moved|deleted|may have moved)
        (?:this|the|that) (?:page|article|story|content|link).{0,40}(?:not available|unavailable|(?:does not|doesn['’]t) exist)
        página no (?:encontrada|existe|disponible)
        (?:lo sentimos|ups)\b.{0,60}(?:página|encontrar|noticia)
        no (?:hemos podido|se ha podido|pudimos|se puede) encontrar
        (?:esta|la) (?:página|noticia).{0,40}(?:no existe|ya no|no está disponible)
        página não (?:encontrada|existe)
        não (?:encontramos|conseguimos encontrar|foi possível encontrar)
        (?:esta|a) (?:página|notícia).{0,40}(?:não existe|não está (?:mais )?disponível|foi removida)
        page (?:introuvable|non trouvée)
        (?:désolé|oups)\b.{0,60}(?:page|article|introuvable)
        (?:cette|la) page.{0,40}n['’](?:existe|est) (?:pas|plus)
        cet article n['’]est plus
        seite nicht gefunden
        pagina non trovata
    """,
    "consent page": r"""
        before you continue
        we (?:value|respect|care about) your privacy
        your privacy (?:is important to us|matters)
        (?:accept|reject) (?:all|cookies|all cookies)(?:$|[.!,|])
        accept and continue
        (?:manage|your) (?:cookie|privacy|consent) (?:settings|preferences|choices)
        (?:do you )?consent to (?:the )?(?:use|processing)
        we and our (?:\d+ )?partners
        by (?:clicking|continuing|using).{0,40}you (?:accept|agree|consent)
        wir und unsere (?:\d+ )?partner
        noi e i nostri (?:\d+ )?partner
        (?:valoramos|respetamos|nos importa) (?:tu|su) privacidad
        aceptar (?:todo|todas|y continuar|cookies)
        nosotros y nuestros (?:\d+ )?socios
        antes de continuar
        (?:valorizamos|respeitamos) (?:a )?sua privacidade
        aceitar (?:tudo|todos|e continuar|cookies)
        nós e (?:os )?nossos (?:\d+ )?parceiros
        (?:nous respectons )?votre vie privée
        tout accepter
        accepter et (?:continuer|fermer)
        continuer sans accepter
        (?:nous et|avec) nos (?:\d+ )?partenaires
        avant de continuer
    """,
}

#: The same, but in every other footer too: told only by what was taken for the article.
BANNERS: Mapping[str, str] = {
    "consent page": r"""
        (?:we|this (?:web ?)?site) uses? cookies
        (?:utilizamos|usamos|este sitio (?:web )?(?:utiliza|usa)) cookies
        este site (?:utiliza|usa) cookies
        (?:nous utilisons|ce site utilise) des cookies
    """,
}

#: What such a page is called.
TITLES: Mapping[str, str] = {
    "captcha page": r"""
        just a moment
        un momento
        um momento
        un instant
        access denied
        robot check
        security check
        human verification
    """,
    "login page": r"""
        (?:log|sign)[ -]?in
        login
        iniciar sesión
        acceso
        entrar
        (?:se )?connecter
        connexion
        my account
        anmelden
        accedi
    """,
    "consent page": r"""
        consent
        cookies?
        privacy (?:settings|choices|preferences)
        configuración de privacidad
        consentement
    """,
    "paywall": r"""
        subscribe
        subscription
        suscríbete
        suscripción
        assine
        assinatura
        abonnez-vous
        abonnement
    """,
    "page not found": r"""
        (?:error )?404.{0,30}
        (?:page )?not found
        error
        oops
        no encontrad[ao]
        não encontrad[ao]
        introuvable
    """,
}

#: Lines within an article that are not part of it: newsletters and networks, who else worked on it and who owns it, dates,
#: labels, announcements of other articles.
PAGE_TALK = r"""
        ^(?:.{0,120}[.!?:] )?(?:sign up|subscribe|register|get|receive|join)\b.{0,150}\b(?:newsletters?|inbox|youtube channel)\b
        ^(?:suscr[ií]b[ae][st]e|reg[ií]str[ae]te|recib[ae])\b.{0,150}\b(?:newsletters?|bolet[ií]n|canal|whatsapp)
        ^(?:inscreva-se|assine|receba|cadastre-se)\b.{0,150}\b(?:newsletters?|boletim|canal|whatsapp)
        ^(?:abonnez-vous|inscrivez-vous|recevez)\b.{0,150}\b(?:newsletters?|infolettre|canal|whatsapp)
        ^(?:iscriviti|abonnieren sie|melden sie sich)\b.{0,150}\bnewsletter
        ^(?:download|get|click here to get)\b.{0,40}\bapp\b.{0,40}$
        ^(?:.{0,120}[.!?:] )?follow [^.]{1,60}\bon (?:twitter|facebook|instagram|youtube|linkedin|tiktok|bluesky)
        ^(?:.{0,120}[.!?:] )?(?:find|like) [^.,]{1,30}\bon (?:twitter|facebook|instagram|youtube|linkedin|tiktok|bluesky)
        ^(?:.{0,120}[.!?:] )?follow [^.]{0,60}@\w
        ^(?:s[ií]gu[ea](?:nos)?|siga|suivez|segui(?:ci|te)?|folgen sie) [^.]{1,60}\b(?:twitter|facebook|instagram|telegram|whatsapp)
        ^(?:e-?mail|contact|write to) [^.]{1,60}(?:@\w| at http)
        ^reach [^.]{1,60}(?:@\w| at http| on twitter at)
        ^(?:have a (?:news )?tip\b|tell us what you think|join the (?:conversation|discussion)|if you enjoyed this\b)
        ^click here\b
        ^\(?(?:additional |further )?(?:reporting|writing|editing) by (?-i:[A-Z])
        \bcontributed (?:to this (?:report|article|story)|reporting)\b
        ^(?:copyright\b|©|\(c\) ?\d{4})
        \ball rights reserved\b
        ^(?:todos (?:los derechos|os direitos) reservados|tous droits réservés)
        ^(?:- )?(?:(?:last )?updated|published|posted)\b.{0,12}\d.{0,30}(?<![a-z]{2}[.])$
        ^(?:actualizad[oa]|publicad[oa]|atualizad[oa]|mis à jour|publié|aggiornato|aktualisiert)\b.{0,12}\d.{0,30}(?<![a-z]{2}[.])$
        ^(?:filed under|tags?|sources?|topics?|categor(?:y|ies)|posted in)\s?:.{0,50}$
        ^(?:etiquetas|fuentes?|temas|fontes?|étiquettes)\s?:.{0,50}$
        ^(?:comments?|coment[aá]rios?|commentaires?|kommentare|advertisement|publicidade?|publicité|anzeige)$
        ^(?:(?:read|see|watch|learn) (?:more|also|next)|also read|related|see also)\b.{0,12}:
        ^(?:lea también|le[ea] más|te puede interesar|leia (?:também|mais)|veja também)\b.{0,12}:
        ^(?:(?:à )?lire aussi|voir aussi|leggi anche|lesen sie auch)\b.{0,12}:
        ^more [\w ]{1,20}: ?https?:
        ^(?:related(?: \w+)?|most (?:read|popular)\b.{0,30}|popular (?:on|in) .{1,30}|more from .{1,30}|you may also like)$
        ^(?:recommended|don['’]t miss|lo más (?:leído|visto)|mais lidas|les plus lus)$
        ^(?:noticias relacionadas|notícias relacionadas|te puede interesar|leia também|à lire aussi)$
"""

#: Who said something is told by an article, never by the page about itself.
REPORTED = r"\b(?:said|says|told|wrote|asked|dijo|dice|según|escribió|disse|diz|segundo|escreveu|selon|déclaré|écrit)\b"


def either(phrases: str) -> str:
    """Join phrases, one a line, to one regular expression."""
    return "|".join(filter(None, map(str.strip, phrases.splitlines())))
