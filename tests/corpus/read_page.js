// Chromium loads a page and makes its DOM, without scripting, and this tells what the DOM says of it.
// `site` is the domain whose hosts are at home.
async (location, site) => {
  const document = await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", location);
    request.responseType = "document";
    request.onload = () => (request.response ? resolve(request.response) : reject(new Error(`no page: ${request.status}`)));
    request.onerror = () => reject(new Error("cannot be fetched"));
    request.send();
  });
  const home = (host) => host === site || host.endsWith("." + site);
  const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  // relList as the HTML Standard reads it, each token parted at commas, as Google reads it.
  const tokens = (element) => {
    const list = element.relList ?? (element.getAttribute("rel") ?? "").split(/[\t\n\f\r ]+/);
    return [...new Set([...list].flatMap((token) => lower(token).split(",")).filter(Boolean))];
  };
  const address = (element) => {
    const href = element?.href ?? element?.action ?? element?.src;
    if (href === undefined) return null;
    const text = typeof href === "object" ? element.getAttribute("href") ?? element.getAttribute("xlink:href") : href;
    try {
      const url = new URL(text, document.baseURI);
      return ["http:", "https:"].includes(url.protocol) ? url : null;
    } catch {
      return null;
    }
  };
  const told = (text) => (text ?? "").trim() !== "";
  const images = (element) => [...element.querySelectorAll("img, input[type=image]")].map((image) => image.alt).join(" ");
  const anchor = (element) => {
    const alternative = element.localName === "area" ? element.alt : images(element);
    const names = [
      [element.textContent, "text"],
      [alternative, "alt"],
      [element.getAttribute("aria-label"), "aria-label"],
      [element.getAttribute("title"), "title"],
    ];
    return names.find(([name]) => told(name)) ?? ["", "none"];
  };
  const kind = (element) => {
    if (element.localName !== "a") return { area: "area", form: "form", iframe: "iframe" }[element.localName];
    return !told(element.textContent) && element.querySelector("img, svg, input[type=image]") ? "image" : "text";
  };
  const relation = (element) => {
    const rel = tokens(element);
    if (rel.includes("canonical")) return "canonical";
    return rel.includes("alternate") && !rel.includes("stylesheet") ? "alternate" : null;
  };

  const links = [];
  const found = new Set();
  const counts = { internal: 0, external: 0 };
  const add = (element, type) => {
    const url = type && address(element);
    if (!url) return;
    const inside = home(url.hostname);
    if (["text", "image", "area"].includes(type)) counts[inside ? "internal" : "external"] += 1;
    if (!inside) links.push([type, url.href, tokens(element), ...anchor(element)]);
    else if (type !== "form") found.add(url.href.split("#")[0]);
  };
  for (const element of document.querySelectorAll("a, area")) {
    if (element.hasAttribute("href") || element.hasAttribute("xlink:href")) add(element, kind(element));
  }
  for (const element of document.querySelectorAll("form[action], iframe[src]")) add(element, kind(element));
  for (const element of document.querySelectorAll("link[href]")) add(element, relation(element));
  for (const element of document.querySelectorAll("meta[http-equiv=refresh i]")) {
    const target = /^[\s\d.]*[;,]?\s*(?:url\s*=\s*)?["']?(.+?)["']?\s*$/i.exec(element.content);
    if (target) found.add(new URL(target[1], document.baseURI).href.split("#")[0]);
  }
  return {
    url: document.URL,
    title: document.title,
    charset: document.characterSet,
    canonical: address(document.querySelector("link[rel~=canonical i][href]"))?.href ?? null,
    counts,
    links,
    found: [...found],
  };
}
