// Shows the OpenAPI document. The try-out console is a page of its own, so that nothing is sent from here.
(function () {
  "use strict";
  const place = document.getElementById("viewer");
  if (!place || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.document,
    deepLinking: false,
    supportedSubmitMethods: [],
    validatorUrl: null,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    onComplete() {
      // The page has its own landmark.
      for (const main of place.querySelectorAll("main, [role='main']")) main.setAttribute("role", "presentation");
    },
  });
})();
