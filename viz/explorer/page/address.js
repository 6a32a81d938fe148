// The fragment of the page's address says which network is open and, once the user has set it, at which weight:
// #network=2&weight=1.3, so that what one looks at can be linked to and survives a reload.

const QUIET = 250; // ms without a change before the address follows

const addressOf = () => [
  ...(app.index ? [`network=${app.index + 1}`] : []),
  ...(app.chosen ? [`weight=${app.individual ? "tuned" : app.weight}`] : []),
].join("&");

/** Opens what the address says; what makes no sense there counts as not said. */
function openAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const index = Number(said.get("network")) - 1, weight = said.get("weight");
  app.chosen = false;
  openEntry(DATA.networks[index] ? index : 0);
  if (weight === "tuned" && app.net.weights) setIndividual(true);
  else if (weight?.trim() && Number.isFinite(Number(weight))) setWeight(Number(weight));
}

function startAddress() {
  let timer = null;
  const follow = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (addressOf() !== location.hash.slice(1)) history.replaceState(null, "", `#${addressOf()}`);
    }, QUIET);
  };
  addEventListener("hashchange", () => {
    if (addressOf() !== location.hash.slice(1)) openAddress();
  });
  openAddress();
  on("network", follow);
  on("weight", follow);
}
