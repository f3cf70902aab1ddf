// SPDX-License-Identifier: GPL-2.0-or-later
//
// Says so if the page's own script, or one of noVNC's that it needs, does not load. No module, so
// that it runs where those do not.

(function () {
    var korean = /^ko/.test(navigator.language || "");
    var sentence = korean
        ? "페이지를 다 불러오지 못했습니다. 다시 불러와도 안 되면 이 브라우저가 오래되었거나, 게스트 컴퓨터의 noVNC가 온전하지 않은 것입니다."
        : "This page could not be loaded whole. If it cannot be after a reload either, this browser is " +
          "too old, or noVNC on the guest's computer is not complete.";

    function tell() {
        var element = document.getElementById("cardText");

        element.textContent = sentence;
        element.className = "trouble";
    }

    window.addEventListener("error", function (event) {
        if (event.target && event.target.localName === "script") {
            tell();
        }
    }, true);
    if (!("noModule" in document.createElement("script"))) {
        document.addEventListener("DOMContentLoaded", tell);
    }
})();
