// Shows the OpenAPI document. The try-out console is a page of its own, so that nothing is sent from here.
(function () {
  "use strict";
  const place = document.getElementById("viewer");
  if (!place || !window.SwaggerUIBundle) return;
  // The page has its own landmark; the viewer makes another whenever it draws its operations.
  const demote = () => {
    for (const main of place.querySelectorAll("main:not([role])")) main.setAttribute("role", "presentation");
  };
  new MutationObserver(demote).observe(place, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.document,
    deepLinking: false,
    supportedSubmitMethods: [],
    validatorUrl: null,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
  });
})();
