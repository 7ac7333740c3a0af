"""Walls and false pages, as those who make them write them; and ordinary pages that have something of them."""

from __future__ import annotations

import time
from importlib import resources

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.facts.signature import plain, signature
from backlink_crawler.facts.wall import KINDS, WALLS
from backlink_crawler.items import Visit

URL = "https://www.garden.example/hedges/beech"
NAV = "<nav>" + "".join(f'<a href="/{number}">Part {number}</a> ' for number in range(12)) + "</nav>"
FOOT = '<footer><p>Garden Ltd</p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a></footer>'
WORDS = "A hedge of beech keeps its brown leaves in winter and is cut when the young birds have gone. "
PASSWORD = '<form action="/in" method="post"><input type="email" name="u"><input type="password" name="p"><button>Go</button></form>'


def page(title: str = "", body: str = "", head: str = "", attributes: str = "") -> bytes:
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body {attributes}>{body}</body></html>"
    ).encode()


def visit(
    body: bytes,
    *,
    url: str = URL,
    requested: str = "",
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    target: str = "acme.example",
    complete: bool = True,
) -> Visit:
    fetch = Fetch(
        requested_url=requested or url,
        url=url,
        status=status,
        headers=[(b"Content-Type", b"text/html"), *((n.encode(), v.encode()) for n, v in headers)],
        body=body,
        fetched_at="2026-11-22T00:00:00.000Z",
        redirects=[url] if requested else [],
        redirect_statuses=[302] if requested else [],
        complete=complete,
    )
    return read(fetch, Targets([parse_target(target)] if target else []))


SOFT_404 = {
    "title and heading": page(
        "Page not found - Garden", f"{NAV}<h1>Page not found</h1><p>Try the search.</p>{FOOT}"
    ),
    "server's own words": page(
        "404 Not Found", "<center><h1>404 Not Found</h1></center><hr><center>nginx</center>"
    ),
    "apache": page(
        "404 Not Found", "<h1>Not Found</h1><p>The requested URL was not found on this server.</p>"
    ),
    "a number alone": page("Garden | 404", f"{NAV}<h1>404</h1><p>Oops!</p>"),
    "wordpress": page(
        "Page not found &#8211; Garden",
        f"{NAV}<main><h1>Oops! That page can&rsquo;t be found.</h1><p>It looks like nothing was found at this location.</p></main>"
        + "<ul>"
        + "<li>A post of last week about hedges</li>" * 90
        + "</ul>",
        attributes='class="error404 wp-custom"',
    ),
    "heading alone": page(
        "Garden", f"{NAV}<h1>Sorry, we couldn't find that page</h1><p>Back to the start.</p>{FOOT}"
    ),
    "title alone": page(
        "Page Not Found | Garden", f"{NAV}<p>The page you are looking for does not exist.</p>"
    ),
    "words alone": page("Garden", "<p>Sorry, this page does not exist.</p><ul><li>home</li></ul>"),
    "item": page("Garden shop", f"{NAV}<h1>Product not found</h1><p>See our other tools.</p>{FOOT}"),
    "german": page(
        "Seite nicht gefunden – Garten", f"{NAV}<h1>Die gesuchte Seite wurde leider nicht gefunden</h1>"
    ),
    "german, again": page("Fehler 404", f"{NAV}<h2>Diese Seite existiert nicht mehr</h2>"),
    "french": page("Page introuvable", f"{NAV}<h1>Oups ! Cette page est introuvable.</h1>"),
    "spanish": page("Página no encontrada", f"{NAV}<h1>Lo sentimos, la página que buscas no existe</h1>"),
    "portuguese": page("Página não encontrada", f"{NAV}<h1>Página não encontrada</h1>"),
    "italian": page("Pagina non trovata", f"{NAV}<h1>Pagina non trovata</h1>"),
    "dutch": page("Pagina niet gevonden", f"{NAV}<h1>Helaas, de pagina is niet gevonden</h1>"),
    "polish": page("Nie znaleziono strony", f"{NAV}<h1>Strona nie została znaleziona</h1>"),
    "russian": page("Страница не найдена", f"{NAV}<h1>Ошибка 404: страница не найдена</h1>"),
    "ukrainian": page("Сторінку не знайдено", f"{NAV}<h1>Сторінку не знайдено</h1>"),
    "swedish": page("Sidan hittades inte", f"{NAV}<h1>Sidan du söker finns inte</h1>"),
    "danish": page("Siden blev ikke fundet", f"{NAV}<h1>Siden findes ikke</h1>"),
    "norwegian": page("Fant ikke siden", f"{NAV}<h1>Siden finnes ikke</h1>"),
    "finnish": page("Sivua ei löytynyt", f"{NAV}<h1>Etsimääsi sivua ei löytynyt</h1>"),
    "czech": page("Stránka nenalezena", f"{NAV}<h1>Požadovaná stránka nebyla nalezena</h1>"),
    "turkish": page("Sayfa bulunamadı", f"{NAV}<h1>Aradığınız sayfa bulunamadı</h1>"),
    "greek": page("Η σελίδα δεν βρέθηκε", f"{NAV}<h1>Η σελίδα που ζητήσατε δεν βρέθηκε</h1>"),
    "hungarian": page("Az oldal nem található", f"{NAV}<h1>A keresett oldal nem található</h1>"),
    "romanian": page("Pagina nu a fost găsită", f"{NAV}<h1>Pagina nu există</h1>"),
    "hebrew": page("הדף לא נמצא", f"{NAV}<h1>הדף לא נמצא</h1>"),
    "arabic": page("الصفحة غير موجودة", f"{NAV}<h1>عذرا، الصفحة المطلوبة غير موجودة</h1>"),
    "vietnamese": page("Không tìm thấy trang", f"{NAV}<h1>Trang không tồn tại</h1>"),
    "chinese": page("页面不存在", f"{NAV}<h1>抱歉，您访问的页面不存在</h1>"),
    "chinese, traditional": page("找不到頁面", f"{NAV}<h1>找不到該頁面</h1>"),
    "japanese": page("ページが見つかりません", f"{NAV}<h1>お探しのページは見つかりませんでした。</h1>"),
    "korean": page("페이지를 찾을 수 없습니다", f"{NAV}<h1>요청하신 페이지를 찾을 수 없습니다.</h1>"),
}

PARKED = {
    "adsense for domains": page(
        "garden.example", '<div id=x></div><script src="//www.google.com/adsense/domains/caf.js"></script>'
    ),
    "adblock key": b'<html data-adblockkey="MFwwDQYJ_x"><head><title>garden.example</title></head><body></body></html>',
    "sedo": page(
        "garden.example",
        '<h2>Related searches</h2><script src="https://img.sedoparking.com/js/jquery.js"></script>',
    ),
    "bodis": page(
        "",
        '<div id="target"></div><script>window.park = "eyJ1dWlkIjoi";</script><script src="/bXyz.js"></script>',
    ),
    "parkingcrew": page(
        "garden.example", '<iframe src="http://www.parkingcrew.net/track.php?domain=garden.example"></iframe>'
    ),
    "godaddy, first": b'<!DOCTYPE html><html><head><script>window.onload=function(){window.location.href="/lander"}</script></head></html>',
    "godaddy, then": page(
        "",
        '<div id="root"></div><script src="https://img1.wsimg.com/parking-lander/static/js/main.js"></script>',
    ),
    "frame": b'<html><head><title>garden.example</title></head><frameset><frame src="https://www.parklogic.com/d?x=1"></frameset></html>',
    "hugedomains": page(
        "garden.example is for sale | HugeDomains", "<h1>garden.example</h1><p>Take it home today.</p>"
    ),
    "dan": page(
        "The domain name garden.example is for sale", "<h1>Garden.example</h1><p>Buy now for $2,000</p>"
    ),
    "afternic": page(
        "garden.example", "<h1>This domain is for sale!</h1><p>Get a price in less than 24 hours.</p>"
    ),
    "own words": page("Welcome", "<h1>This domain name may be for sale</h1><p>Write to the owner.</p>"),
    "buy": page("Buy this domain", "<p>Make us an offer.</p>"),
    "first words": page("garden.example", "<p>This domain is for sale. Write to us.</p>"),
    "namecheap": page("garden.example", "<h1>garden.example was just registered at Namecheap</h1>"),
    "parked free": page("garden.example", "<h2>This web page is parked FREE, courtesy of a registrar.</h2>"),
    "expired": page("garden.example", "<h1>This domain has expired</h1><p>Is it yours? Renew it now.</p>"),
    "suspended": page(
        "Account Suspended", "<h1>This Account has been suspended.</h1><p>Contact your hosting provider.</p>"
    ),
    "german": page("garden.example", "<h1>Diese Domain steht zum Verkauf</h1>"),
    "german, own name": page("Die Domain garden.example steht zum Verkauf.", "<p>Jetzt anfragen</p>"),
    "french": page("garden.example", "<h1>Ce nom de domaine est à vendre</h1>"),
    "spanish": page("garden.example", "<h1>Este dominio está en venta</h1>"),
    "dutch": page("Deze domeinnaam is te koop", ""),
    "polish": page("Domena garden.example jest na sprzedaż", ""),
    "russian": page("Домен продается", "<p>garden.example</p>"),
    "chinese": page("该域名正在出售", "<p>garden.example</p>"),
    "japanese": page("このドメインは販売中です", "<p>garden.example</p>"),
}

LOGIN = {
    "form alone": page("", PASSWORD),
    "title": page("Log in", f"{NAV}{PASSWORD}"),
    "title with the site": page("Sign in · Garden", f"{PASSWORD}<a href='/join'>Join</a>"),
    "heading": page("Garden", f"{NAV}<h1>Sign in to Garden</h1>{PASSWORD}{FOOT}"),
    "heading in the form": page(
        "Garden", "<form><h1>Login</h1><input name=u><input type=password name=p></form>"
    ),
    "wordpress": page(
        "Log In &lsaquo; Garden &#8212; WordPress",
        f'<div id="login"><h1><a href="https://wordpress.org/">WordPress</a></h1>{PASSWORD}</div>',
    ),
    "members": page("Member Login", f"{NAV}<p>For members of the garden society.</p>{PASSWORD}"),
    "mail first": page(
        "Sign in - Garden accounts", '<h1>Sign in</h1><form><input type="email" name="id"></form>'
    ),
    "forum": page("Garden forum", f"{NAV}<h1>You must be logged in to view this topic.</h1>{PASSWORD}"),
    "demand alone": page("Garden", f"{NAV}<p>You need to sign in to see this page.</p>{FOOT}"),
    "vbulletin": page(
        "Garden forum",
        f"{NAV}<h2>You are not logged in or you do not have permission to access this page.</h2>",
    ),
    "german": page("Anmelden", f"{NAV}{PASSWORD}"),
    "german demand": page("Forum", f"{NAV}<h1>Sie müssen sich anmelden, um diese Seite zu sehen</h1>"),
    "french": page("Connexion", f"{NAV}{PASSWORD}"),
    "spanish": page("Iniciar sesión", f"{NAV}{PASSWORD}"),
    "italian": page("Accedi", f"{NAV}{PASSWORD}"),
    "dutch": page("Inloggen bij Tuin", f"{NAV}{PASSWORD}"),
    "polish": page("Zaloguj się", f"{NAV}{PASSWORD}"),
    "russian": page("Вход на сайт", f"{NAV}{PASSWORD}"),
    "chinese": page("用户登录", f"{NAV}{PASSWORD}"),
    "japanese": page("ログイン", f"{NAV}{PASSWORD}"),
    "korean": page("로그인", f"{NAV}{PASSWORD}"),
}

CONSENT = {
    "google": page(
        "Before you continue to Google Search",
        '<form action="https://consent.google.com/save" method=post><button>Reject all</button></form>',
    ),
    "youtube": page(
        "Before you continue to YouTube", "<h1>Before you continue to YouTube</h1><p>We use cookies.</p>"
    ),
    "youtube, german": page("Bevor Sie zu YouTube weitergehen", "<h1>Bevor Sie fortfahren</h1>"),
    "yahoo": page(
        "Yahoo is part of the Yahoo family of brands",
        '<form action="/v2/collectConsent?sessionId=3" method=post></form>',
    ),
    "yahoo, german": page(
        "Yahoo ist Teil der Yahoo Markenfamilie", "<p>Wenn Sie auf Alle akzeptieren klicken</p>"
    ),
    "yahoo, french": page("Yahoo fait partie de la famille de marques Yahoo", "<p>Tout accepter</p>"),
    "publisher's gate": page(
        "DPG Media Privacy Gate", '<div id="privacy-gate"></div><script src="/privacy-gate.js"></script>'
    ),
    "cookie wall": page("Cookie wall", "<p>To read on, accept our cookies.</p><button>Accept</button>"),
    "title": page(
        "We value your privacy", f"<p>{WORDS}</p><button>Agree</button><a href='/policy'>Policy</a>"
    ),
    "heading": page(
        "Garden", "<h1>We value your privacy</h1><p>We and our partners store data.</p><button>Agree</button>"
    ),
    "accept": page("Accept cookies to continue", "<button>Accept</button>"),
    "german": page("Ihre Zustimmung", "<p>Mit Werbung weiterlesen</p><button>Akzeptieren</button>"),
    "german, again": page("Datenschutz-Einstellungen", "<button>Alle akzeptieren</button>"),
    "french": page("Avant d'accéder à Google", "<button>Tout accepter</button>"),
    "spanish": page("Antes de continuar", "<button>Aceptar todo</button>"),
    "italian": page("Prima di continuare su Google", "<button>Accetta tutto</button>"),
    "dutch": page("Voordat je verdergaat naar Google", "<button>Alles accepteren</button>"),
}

CHALLENGE = {
    "cloudflare": page(
        "Just a moment...",
        '<noscript>Enable JavaScript and cookies to continue</noscript><script>(function(){window._cf_chl_opt={cvId:"3"}}())</script>',
    ),
    "cloudflare, its old page": page(
        "Garden",
        '<form id="challenge-form" action="/?__cf_chl_f_tk=1"></form><h1>Checking your browser before accessing garden.example.</h1>',
    ),
    "cloudflare, german": page("Nur einen Moment…", "<script></script>"),
    "datadome": page(
        "garden.example",
        "<p id=cmsg>Please enable JS</p><script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script><script src='https://ct.captcha-delivery.com/c.js'></script>",
    ),
    "human": page(
        "Access to this page has been denied",
        '<div id="px-captcha"></div><script>window._pxAppId="PX1"</script>',
    ),
    "human, its question": page("Robot or human?", "<p>Activate and hold the button.</p>"),
    "akamai": page(
        "", '<div id="sec-if-cpt-container"></div><script src="/_sec/cp_challenge/x.js"></script>'
    ),
    "akamai, refresh": page("", '<script>var i=1;xhr.setRequestHeader("bm-verify", "AAQ")</script>'),
    "imperva": page(
        "",
        '<iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=23&xinfo=1" frameborder=0>Request unsuccessful. Incapsula incident ID: 1</iframe>',
    ),
    "imperva, distil": page(
        "Pardon Our Interruption",
        "<h1>Pardon Our Interruption</h1><p>Something about your browser made us think of a bot.</p>",
    ),
    "sucuri": page(
        "You are being redirected...",
        "<noscript>Javascript is required.</noscript><script>sucuri_cloudproxy_js='';S='cz0i'</script>",
    ),
    "aws waf": page(
        "",
        '<div id="challenge-container"></div><script>window.awsWafCookieDomainList=[];window.gokuProps={"key":"x"}</script>',
    ),
    "aws waf, captcha": page(
        "Human Verification",
        '<div id="captcha-container"></div><script>AwsWafCaptcha.renderCaptcha()</script>',
    ),
    "anubis": page(
        "Making sure you're not a bot!",
        '<script id="anubis_challenge" type="application/json">{}</script><p>Loading...</p>',
    ),
    "ddos-guard": page(
        "DDOS-GUARD",
        '<script src="/.well-known/ddos-guard/js-challenge/index.js"></script><h1>Checking your browser</h1>',
    ),
    "vercel": page("Vercel Security Checkpoint", "<p>We're verifying your browser</p>"),
    "hcaptcha": page(
        "Attention Required!",
        '<div class="h-captcha"></div><script src="https://js.hcaptcha.com/1/api.js"></script>',
    ),
    "recaptcha": page("Are you a human?", '<form><div class="g-recaptcha"></div></form>'),
    "google": page(
        "https://www.google.com/search",
        '<form id="captcha-form" action="index" method="post"></form><p>Our systems have detected unusual traffic</p>',
    ),
    "amazon": page(
        "Robot Check",
        '<h4>Enter the characters you see below</h4><form action="/errors/validateCaptcha"></form>',
    ),
    "french": page("Un instant…", ""),
    "russian": page("Проверка браузера", "<p>Подождите</p>"),
    "chinese": page("人机验证", "<p>请完成安全验证</p>"),
}

FALSE = {
    "soft_404": SOFT_404, "parked": PARKED, "login_wall": LOGIN, "consent_wall": CONSENT, "bot_challenge": CHALLENGE,
}  # fmt: skip

LINK = '<p>We cut our hedge with <a href="https://acme.example/shears">the good shears of Acme</a> and are happy with it.</p>'
LONG = f"<p>{WORDS * 12}</p>"
CAPTCHA = '<form id=comment><textarea name=c></textarea><div class="g-recaptcha"></div><script src="https://www.google.com/recaptcha/api.js"></script></form>'

ORDINARY = {
    # about pages that are not there
    "article on 404": page("404 Not Found: what it means and what to do", f"{NAV}<article><h1>404 Not Found: what it means and what to do</h1>{LONG}</article>"),
    "short article on 404": page("How to build a good 404 page | Garden", f"{NAV}<h1>How to build a good 404 page</h1><p>{WORDS}</p>"),
    "encyclopedia": page("HTTP 404 - Encyclopedia", f"{NAV}<h1>HTTP 404</h1>{LONG * 3}"),
    "dated post": page("Page not found", f"{NAV}<h1>Page not found</h1><p>{WORDS}</p>", '<meta property="article:published_time" content="2024-05-01">'),
    "gallery of them": page("404 pages we like", f"{NAV}<h1>404 pages we like</h1><p>{WORDS}</p>"),
    "no results": page("Search results for 'spade' - Shop", f"{NAV}<h1>No results found for 'spade'</h1><p>Try other words.</p>{FOOT}"),
    "no products": page("Tools - Shop", f"{NAV}<h1>Tools</h1><p>No products were found matching your selection.</p>{FOOT}"),
    "empty archive": page("Nothing found - Garden", f"{NAV}<h1>Nothing Found</h1><p>Perhaps searching can help.</p>{FOOT}"),
    "mention": page("Our new site", f"{NAV}<h1>Our new site</h1><p>If you see Page not found, tell us. {WORDS}</p>"),
    "missing person": page("Lost dog not found yet", f"{NAV}<h1>Our dog was not found yet</h1><p>{WORDS}</p>"),
    "sold out": page("Spade - Shop", f"{NAV}<h1>Spade</h1><p>This product is not available at the moment.</p>"),
    "with a link to the target": page("Page not found", f"<main><h1>Page not found</h1>{LINK}</main>"),
    "room 404": page("Room 404 - Hotel", f"{NAV}<h1>Room 404</h1><p>A double room with a view.</p>"),
    "song": page("Error (song)", f"{NAV}<h1>Error</h1><p>A song of 2011.</p>"),
    "lost and found": page("Lost and found", f"{NAV}<h1>Lost and found</h1><p>Keys, a scarf.</p>"),
    "german mention": page("Verein", f"{NAV}<h1>Die Vereinsseite ist umgezogen</h1><p>Alte Adressen werden nicht gefunden.</p>"),
    # about domains
    "article on parking": page("What is a parked domain?", f"{NAV}<h1>What is a parked domain?</h1><p>{WORDS}</p>"),
    "market": page("Premium domains for sale | Market", f"{NAV}<h1>Find your name</h1><p>{WORDS}</p>"),
    "market's offer": page("roses.example for sale - Market", f"{NAV}<h1>roses.example</h1><p>Price: 900</p>"),
    "house for sale": page("House for sale in Kent", f"{NAV}<h1>House for sale</h1><p>{WORDS}</p>"),
    "car park": page("Parking at the garden", f"{NAV}<h1>Parking</h1><p>The car park opens at nine.</p>"),
    "links to a market": page("Old projects", f'{NAV}<h1>Old projects</h1><p>We sold <a href="https://sedo.com/search/details/?domain=x.example">x.example</a>.</p>'),
    "ads": page("Garden", f'{NAV}<h1>Garden</h1><p>{WORDS}</p><script src="https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js"></script>'),
    "suspended player": page("Player suspended", f"{NAV}<h1>Player suspended for three games</h1><p>{WORDS}</p>"),
    "domain of a function": page("Domain and range", f"{NAV}<h1>The domain of a function</h1><p>{WORDS}</p>"),
    "quoted parking script": page("Note", f"{NAV}<h1>Note</h1><pre>&lt;script src=//www.google.com/adsense/domains/caf.js></pre>"),
    "registrar": page("Register your domain", f"{NAV}<h1>Register your domain</h1><p>Search for a name.</p><form><input name=d></form>"),
    "coming soon": page("Garden", "<h1>Our new site opens in May</h1>"),
    "own history": page("History", f"{NAV}<h1>History</h1><p>This domain was registered by our founder in 1996. {WORDS}</p>"),
    "vendor": page("Domain parking | Host", f"{NAV}<h1>Park your domain with us and earn</h1>{LONG}"),
    "linked for sale": page("Garden", f"{NAV}<h1>Garden</h1>{LINK}<p>For sale: old tools.</p>"),
    # with a way in
    "login in the head": page("Garden", f"<header>{PASSWORD}</header>{NAV}<h1>Welcome to the garden</h1><p>Roses.</p>"),
    "login at the side": page("Garden forum", f"{NAV}<h1>Garden forum</h1><aside><h3>Log in</h3>{PASSWORD}</aside><p>Topics</p>"),
    "login link": page("Garden", f'{NAV}<h1>Garden</h1><a href="/login">Log in</a><p>Roses.</p>'),
    "how to log in": page("How to log in to the till", f"{NAV}<h1>How to log in to the till</h1><ol><li>Press the key.</ol>"),
    "comment by members": page("Beech", f"{NAV}<article><h1>Beech</h1><p>{WORDS}</p></article><p>You must be logged in to post a comment.</p>"),
    "long page titled login": page("Login", f"{NAV}<h1>Login</h1>{LONG}{PASSWORD}"),
    "sign-in sheet": page("Sign in sheet for visitors - download", f"{NAV}<h1>Visitors' sheet</h1><p>A file to print.</p>"),
    "newsletter": page("Newsletter", f"{NAV}<h1>Newsletter</h1><form><input type=email></form>"),
    "registration": page("Create an account", f"{NAV}<h1>Create an account</h1>{PASSWORD}"),
    "entrance": page("Entrance", f"{NAV}<h1>Entrance fees</h1><p>Five euros.</p>"),
    "shop with account": page("Shop", f"{NAV}<h1>Spades</h1><div hidden>{PASSWORD}</div><p>12 spades</p>"),
    "login with target": page("Login", f"<main><h1>Login</h1>{LINK}{PASSWORD}</main>"),
    "access by road": page("Acceso", f"{NAV}<h1>Cómo llegar</h1><p>En tren.</p>"),
    "connection": page("Connexion internet au jardin", f"{NAV}<h1>Le wifi du jardin</h1><p>Bientôt.</p>"),
    "forum reply": page("Topic", f"{NAV}<h1>Pruning roses</h1><p>{WORDS}</p><h2>You must log in to reply here.</h2>"),
    # with a banner
    "banner first": page("Garden", f'<div id="cookie"><h2>We value your privacy</h2><p>We use cookies.</p><button>Accept</button></div>{NAV}<h1>Garden</h1><p>Roses.</p>'),
    "banner last": page("Garden", f"{NAV}<h1>Garden</h1><p>Roses.</p><div><h2>Your privacy choices</h2><button>Accept</button></div>"),
    "banner alone as heading": page("Garden", f"{NAV}<div><h2>We value your privacy</h2><button>OK</button></div><p>{WORDS}</p>"),
    "privacy policy": page("Privacy policy - Garden", f"{NAV}<h1>Privacy policy</h1>{LONG}"),
    "privacy settings in a long page": page("Datenschutz-Einstellungen", f"{NAV}<h1>Datenschutz</h1>{LONG * 3}"),
    "cookie recipe": page("Cookies with oats", f"{NAV}<h1>Cookies with oats</h1><p>{WORDS}</p>"),
    "consent in research": page("Informed consent in field studies", f"{NAV}<h1>Informed consent</h1><p>{WORDS}</p>"),
    "manager's script": page("Garden", f'{NAV}<h1>Garden</h1><p>Roses.</p><script src="https://consent.cookiebot.com/uc.js"></script>'),
    "before you go": page("Before you continue: three rules for hedges", f"{NAV}<h1>Three rules</h1><p>{WORDS}</p>"),
    "footer link": page("Garden", f'{NAV}<h1>Garden</h1><p>Roses.</p><a href="#">Cookie settings</a>'),
    "banner with target": page("Garden", f"<main><h1>We value your privacy</h1>{LINK}</main>"),
    "dialog": page("Garten", f'<dialog><h2>Ihre Privatsphäre</h2><button>OK</button></dialog>{NAV}<h1>Garten</h1><p>Rosen.</p>'),
    "yahoo news": page("Yahoo is sold again", f"{NAV}<h1>Yahoo is sold again</h1><p>{WORDS}</p>"),
    "privacy shop": page("Privacy screens for the garden", f"{NAV}<h1>Privacy screens</h1><p>{WORDS}</p>"),
    "cookie jar": page("Cookie choices for Christmas tables", f"{NAV}<h1>Which cookies to bake</h1><p>{WORDS}</p>"),
    "iframe of a manager": page("Garden", f'{NAV}<h1>Garden</h1><p>Roses.</p><iframe src="https://cdn.privacy-mgmt.com/index.html"></iframe>'),
    # protected, and open
    "cloudflare's beacon": page("Garden", f'{NAV}<h1>Garden</h1><p>Roses.</p><script>window.__CF$cv$params={{r:"1"}};a.src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"</script>'),
    "cloudflare's beacon, its other address": page(
        "Garden", f'{NAV}<h1>Garden</h1><script src="/cdn-cgi/challenge-platform/h/b/scripts/jsd/1/main.js"></script>'
    ),
    "kasada's tag": page("Garden", f'{NAV}<h1>Garden</h1><script>window.KPSDK={{}}</script><script src="/149e9513/p.js"></script>'),
    "scripts of like-named hosts": page(
        "Garden", f'{NAV}<h1>Garden</h1><script src="https://www.jordan.com/assets/decaf.js"></script><script src="//notbodis.com/a.js"></script>'
    ),
    "car park's styles": page("Garden", f'{NAV}<h1>Parking</h1><link rel=stylesheet href="/css/parking-static.css">'),
    "names of classes in a script": page("Error", f'{NAV}<h1>Trial and error</h1><script>var routes=["page-not-found","error404"]</script>'),
    "header login above how-to": page("How to log in", f"<header>{PASSWORD}</header>{NAV}<h1>Ask at the gate</h1>"),
    "short privacy policy": page("Privacy and cookies | Garden", f"{NAV}<h1>Privacy and cookies</h1><p>{WORDS}</p>"),
    "cloudflare analytics": page("Garden", f'{NAV}<p>Roses.</p><script src="https://static.cloudflareinsights.com/beacon.min.js"></script>'),
    "turnstile in a form": page("Contact", f'{NAV}<h1>Contact</h1><form><textarea name=m></textarea><div class="cf-turnstile"></div><script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script></form>'),
    "captcha in comments": page("Beech", f"{NAV}<h1>Beech</h1><p>{WORDS}</p>{CAPTCHA}"),
    "captcha on a contact page": page("Contact us", f"{NAV}<h1>Contact us</h1>{CAPTCHA}"),
    "datadome's tag": page("Garden", f"{NAV}<h1>Garden</h1><p>Roses.</p><script src='https://js.datadome.co/tags.js'></script>"),
    "human's tag": page("Garden", f"{NAV}<h1>Garden</h1><script>window._pxAppId='PX1'</script><script src='https://client.px-cloud.net/PX1/main.min.js'></script>"),
    "imperva's script": page("Garden", f'{NAV}<h1>Garden</h1><p>Roses.</p><script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e" async></script>'),
    "akamai's pixel": page("Garden", f'{NAV}<h1>Garden</h1><noscript><img src="/akam/13/pixel_1?a=1"></noscript>'),
    "aws waf's sdk": page("Garden", f'{NAV}<h1>Garden</h1><script src="https://x.edge.sdk.awswaf.com/x/challenge.js" defer></script>'),
    "article on captchas": page("Are you a human? A history of captchas", f"{NAV}<h1>A history of captchas</h1>{LONG}"),
    "novel": page("Just a moment - a novel", f"{NAV}<h1>Just a moment</h1><p>{WORDS}</p>"),
    "robots": page("Robot mowers", f"{NAV}<h1>I, robot mower</h1><p>{WORDS}</p>"),
    "security check": page("Security check of our trees", f"{NAV}<h1>Trees are checked in autumn</h1><p>{WORDS}</p>"),
    "human rights": page("Human rights day", f"{NAV}<h1>Human rights day</h1><p>{WORDS}</p>"),
    "quoted challenge": page("Note", f"{NAV}<h1>Note</h1><pre>window._cf_chl_opt = {{}}</pre>"),
    # hardly anything
    "empty": b"",
    "one word": page("", "Hello"),
    "under construction": page("Garden", "<h1>Under construction</h1>"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(kind, body, id=f"{kind}-{name}")
        for kind, rows in FALSE.items()
        for name, body in rows.items()
    ],
)
def test_what_is_no_page(kind: str, body: bytes) -> None:
    seen = visit(body)
    assert seen.outcome == kind
    assert (seen.links, seen.targets_checked) == ([], [])
    assert seen.complete == (kind not in WALLS)


@pytest.mark.parametrize("body", ORDINARY.values(), ids=ORDINARY)
def test_what_is_a_page(body: bytes) -> None:
    seen = visit(body)
    assert seen.outcome == "ok"
    assert seen.targets_checked == ["acme.example"]


def test_there_are_enough_of_each() -> None:
    assert {kind: len(rows) >= 15 for kind, rows in FALSE.items()} == dict.fromkeys(FALSE, True)
    assert len(ORDINARY) >= 75
    assert set(FALSE) == set(KINDS)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("cf-mitigated: challenge", "bot_challenge"),  # Cloudflare: Detect a Challenge Page response
        ("CF-Mitigated: Challenge", "bot_challenge"),
        ("x-vercel-mitigated: challenge", "bot_challenge"),
        ("x-amzn-waf-action: challenge", "bot_challenge"),  # AWS WAF: 202 with this header
        ("x-amzn-waf-action: captcha", "bot_challenge"),
        ("x-adblock-key: MFww", "parked"),
        ("server: Parking/1.0", "parked"),
        ("server: cloudflare", "ok"),
        ("cf-ray: 8a", "ok"),
        ("x-datadome: protected", "ok"),
        ("x-iinfo: 1-2-3", "ok"),
        ("x-sucuri-id: 15001", "ok"),
    ],
)
def test_headers_that_tell(header: str, kind: str) -> None:
    name, _, value = header.partition(": ")
    assert visit(page("Garden", "<h1>Garden</h1><p>Roses.</p>"), headers=((name, value),)).outcome == kind


@pytest.mark.parametrize("status", [401, 403, 405, 429, 503, 520])
@pytest.mark.parametrize("body", CHALLENGE.values(), ids=CHALLENGE)
def test_a_challenge_tells_why_a_page_was_refused(status: int, body: bytes) -> None:
    seen = visit(body, status=status)
    assert (seen.outcome, seen.complete) == ("bot_challenge", False)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, page("403 Forbidden", "<h1>Forbidden</h1>"), "http_403"),
        (403, page("Attention Required! Our opening hours", f"{NAV}<h1>Opening hours</h1>"), "http_403"),
        (429, b"", "http_429"),
        (429, b"Too many requests", "http_429"),
        (
            503,
            page("503 Service Unavailable", "<h1>Service Unavailable</h1><p>Please try again.</p>"),
            "http_5xx",
        ),
        (500, page("Error", LONG), "http_5xx"),
        (401, page("Log in", PASSWORD), "http_401"),
        (404, CHALLENGE["cloudflare"], "http_404"),  # a status that says what there is to know
        (410, SOFT_404["apache"], "http_410"),
    ],
)
def test_other_refusals_keep_their_status(status: int, body: bytes, outcome: str) -> None:
    assert visit(body, status=status).outcome == outcome


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ("https://accounts.google.com/v3/signin/identifier?continue=1", "login_wall"),
        ("https://garden.eu.auth0.com/u/login?state=1", "login_wall"),
        ("https://login.microsoftonline.com/common/oauth2/authorize", "login_wall"),
        ("https://garden.example/wp-login.php?redirect_to=1", "login_wall"),
        ("https://sso.other.example/", "login_wall"),
        ("https://consent.google.com/ml?continue=1", "consent_wall"),
        ("https://consent.youtube.com/m?continue=1", "consent_wall"),
        ("https://guce.yahoo.com/consent?brandType=eu", "consent_wall"),
        ("https://www.hugedomains.com/domain_profile.cfm?d=garden.example", "parked"),
        ("https://dan.com/buy-domain/garden.example", "parked"),
        ("https://www.afternic.com/forsale/garden.example", "parked"),
        ("https://sedo.com/search/details/?domain=garden.example", "parked"),
        ("https://www.google.com/sorry/index?continue=1", "bot_challenge"),
        ("https://validate.perfdrive.com/x/captcha?ssa=1", "bot_challenge"),
        ("https://garden.other.example/404", "soft_404"),
        ("https://new-garden.example/hedges/beech", "moved_offsite"),
        ("https://sedo.com/", "moved_offsite"),
        ("https://google.com/", "moved_offsite"),
        ("https://cas.example/hedges", "moved_offsite"),
        ("https://challenge.example/hedges", "moved_offsite"),
        ("https://garden.other.example/login-problems", "moved_offsite"),
        ("https://garden.other.example/consent-to-treatment", "moved_offsite"),
    ],
)
def test_a_redirect_to_a_wall_is_no_move(to: str, outcome: str) -> None:
    seen = visit(b"", status=302, headers=(("Location", to),))
    assert (seen.outcome, seen.links) == (outcome, [])
    assert bool(seen.found) == (outcome == "moved_offsite")


def test_a_redirect_to_a_target_stays_a_link_whatever_the_place() -> None:
    seen = visit(b"", status=301, headers=(("Location", "https://acme.example/login"),))
    assert (seen.outcome, [link.link_type for link in seen.links]) == ("moved_offsite", ["redirect"])


@pytest.mark.parametrize(
    ("requested", "url", "outcome"),
    [
        (URL, "https://www.garden.example/login?next=1", "login_wall"),
        (URL, "https://www.garden.example/users/sign_in", "login_wall"),
        (URL, "https://www.garden.example/authwall?trk=1", "login_wall"),
        (URL, "https://www.zeit.example/zustimmung?url=1", "consent_wall"),
        (URL, "https://www.garden.example/404.html", "soft_404"),
        (URL, "https://www.garden.example/page-not-found", "soft_404"),
        (URL, "https://www.garden.example/hedges/", "ok"),
        ("http://garden.example/login", "https://www.garden.example/login", "ok"),  # it was asked for
        ("http://garden.example/404", "https://www.garden.example/404", "ok"),
    ],
)
def test_where_redirects_within_a_site_end(requested: str, url: str, outcome: str) -> None:
    assert visit(page("Garden", f"{NAV}<h1>Garden</h1>"), url=url, requested=requested).outcome == outcome
    assert (
        visit(page("Garden", f"{NAV}<h1>Garden</h1>{LONG * 3}"), url=url, requested=requested).outcome == "ok"
    )


def test_the_page_of_a_status_is_about_it() -> None:
    body = page("404 Not Found — statuses", f"{NAV}<h1>404 Not Found</h1><p>The server has no such page.</p>")
    assert visit(body).outcome == "soft_404"
    assert visit(body, url="https://statuses.example/404").outcome == "ok"


def test_a_page_that_was_cut_is_not_judged_by_the_little_that_came() -> None:
    seen = visit(SOFT_404["title and heading"], complete=False)
    assert (seen.outcome, seen.targets_checked) == ("ok", ["acme.example"])


@pytest.mark.parametrize("kind", ["soft_404", "login_wall"])
def test_pages_of_a_site_lead_on_in_it(kind: str) -> None:
    assert visit(FALSE[kind]["heading" if kind == "login_wall" else "title and heading"]).found


@pytest.mark.parametrize("kind", ["parked", "consent_wall", "bot_challenge"])
def test_nothing_leads_on_from_what_is_not_of_the_site(kind: str) -> None:
    links = b'<a href="/one">One</a> <a href="/two">Two</a>'
    seen = [visit(body + links) for body in FALSE[kind].values()]
    assert [one.found for one in seen if one.outcome == kind] == [[]] * len(seen)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_judged_in_no_time(kind: str) -> None:
    """No phrase takes more than linear time, near enough."""
    words = [plain(needle) for needle in signature(kind).needles]
    around = "oops sorry oh no error 404 please wait welcome premium page you are looking for "
    for text in (around * 200, "oh no " * 500, *(f"{around} {word} " * 30 for word in words)):
        start = time.process_time()
        signature(kind).is_said([text[:1000]])
        signature(kind).opens(text[:2400])
        signature(kind).is_demanded([text[:300]])
        assert time.process_time() - start < 5


def test_each_kind_has_its_file() -> None:
    files = {file.name for file in resources.files("backlink_crawler.facts").joinpath("signatures").iterdir()}
    assert files == {f"{kind}.toml" for kind in KINDS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oops! Page not found.", "oops page not found"),
        ("  404 — Not\u00a0Found ", "404 not found"),
        ("Страница не найдена!", "страница не найдена"),
        ("抱歉，您访问的页面不存在。", "抱歉您访问的页面不存在"),
        ("ページ が 見つかりません", "ページが見つかりません"),
        ("We couldn’t find it", "we couldn t find it"),
        ("", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected
