// SPDX-License-Identifier: GPL-2.0-or-later
//
// The page of a console that is shared by web: logs in by the token of its link or by a password,
// shows the console by noVNC, and says in plain sentences what has become of it.

import RFB from "/novnc/core/rfb.js";
import { text, translate } from "/texts.js";
import { KeyPanel, TouchKeyboard, typeText } from "/keyboard.js";

const TOKEN = /^[A-Za-z0-9_-]{22}$/;
const CONTROL = 0xffe3, ALT = 0xffe9;
// What the server closes with: 4000 and its reason (common/ipc/link-wire.h, LinkWhy), or a code of
// RFC 6455. A sentence in English comes along, for codes that this page does not know.
const REASONS = {
    4001: "wrongPassword", 4002: "protocol", 4003: "late", 4004: "penalty", 4008: "dropped",
    4009: "stuck", 4010: "usedLink", 4011: "unshared", 4012: "expired", 1001: "off", 1002: "protocol", 1003: "protocol", 1009: "protocol",
};
const by = id => document.getElementById(id);
const touchOnly = matchMedia("(any-pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;

let share = { viewOnly: false, ask: false, clipboard: false };
let rfb = null;
let keys = null; // the panel of keys
let connected = false;
let password = null; // as it was typed last, for as long as the page is open

// --- What is seen ---

function say(key) {
    by("state").textContent = key ? text(key) : "";
    // On a narrow screen it goes by itself, and comes anew.
    for (const animation of by("state").getAnimations()) {
        animation.cancel();
        animation.play();
    }
}

// A card in front of the screen: a sentence, or words as they came, and perhaps a field and a button.
function showCard({ sentence, words = null, trouble = false, busy = false, button = null, field = false }) {
    by("cover").hidden = false;
    by("cardText").textContent = words || text(sentence);
    by("cardText").classList.toggle("trouble", trouble);
    by("progress").hidden = !busy;
    by("password").hidden = by("passwordLabel").hidden = !field;
    by("connect").hidden = !button;
    by("connect").textContent = button ? text(button) : "";
    if (field) {
        by("password").focus();
    } else if (button) {
        by("connect").focus();
    }
}

// Only who is let in is told it. It stays, so that of several pages one knows which has ended.
function showName(name) {
    document.title = `${name} – Vitrine`;
    for (const title of document.querySelectorAll("h1, h2#cardTitle")) {
        title.textContent = name;
    }
}

function enable(on) {
    for (const button of document.querySelectorAll("button.inside")) {
        button.disabled = !on;
    }
    if (!on) {
        showText(false);
        showKeys(false);
    }
}

function showKeys(on) {
    by("keysPanel").hidden = !on;
    by("keysButton").setAttribute("aria-expanded", on);
    if (!on) {
        keys.release();
    }
}

function showText(on) {
    by("textPanel").hidden = !on;
    by("textButton").setAttribute("aria-expanded", on);
    if (on) {
        by("textBox").focus();
        readShare().catch(() => {}); // the clipboard's policy may be another by now
    }
}

// --- The connection ---

function askPassword(sentence, trouble) {
    password = null;
    by("password").value = "";
    say(null);
    showCard({ sentence, trouble, button: "connect", field: true });
}

function onConnected() {
    connected = true;
    by("cover").hidden = true;
    enable(true);
    say(share.viewOnly || touchOnly ? "connected" : "connectedHint");
    rfb.focus();
}

function onDisconnected(code, words, opened) {
    const wasConnected = connected;
    const reason = REASONS[code];

    rfb = null;
    connected = false;
    enable(false);
    say(null);
    if (code === 4001 || code === 4010) {
        askPassword(reason, true);
    } else if (code === null) {
        showCard({ sentence: "left", button: "again" });
    } else {
        showCard({ sentence: reason || (wasConnected || opened ? "lost" : "unreachable"),
                   words: reason ? null : words, trouble: true, button: "again" });
    }
}

function connect(credentials) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/console`);
    let code = 1006;
    let words = "";
    let opened = false;
    let refusal = null;

    say("connecting");
    showCard({ sentence: share.ask ? "waiting" : "connecting", busy: true });
    socket.addEventListener("open", () => { opened = true; });
    socket.addEventListener("close", event => { ({ code, reason: words } = event); });
    rfb = new RFB(by("screen"), socket, { credentials });
    rfb.background = "transparent";
    applySize();
    rfb.qualityLevel = 7;
    rfb.viewOnly = share.viewOnly;
    rfb.addEventListener("connect", onConnected);
    rfb.addEventListener("clipboard", onClipboard);
    rfb.addEventListener("desktopname", event => showName(event.detail.name));
    // noVNC closes first then, so that the server's own code is not heard.
    rfb.addEventListener("securityfailure", event => {
        refusal = /too many/i.test(event.detail.reason) ? 4004
                : credentials.username === "link" ? 4010 : 4001;
    });
    rfb.addEventListener("disconnect", event => {
        onDisconnected(event.detail.clean && leaving ? null : refusal || code, words, opened);
        leaving = false;
    });
}

let leaving = false;

function leave() {
    leaving = true;
    rfb.disconnect();
}

function connectByPassword() {
    connect({ username: "viewer", password });
}

// The token stands behind the "#", which a browser sends to nobody; it is taken away at once, so
// that it stays neither on the screen nor in the history.
function takeToken() {
    const token = location.hash.slice(1);

    if (token !== "") {
        history.replaceState(null, "", location.pathname);
    }
    return token;
}

function begin() {
    const token = takeToken();

    if (token === "") {
        askPassword("askPassword", false);
    } else if (TOKEN.test(token)) {
        connect({ username: "link", password: token });
    } else {
        askPassword("brokenLink", true);
    }
}

// --- What the buttons do ---

function onSubmit(event) {
    event.preventDefault();
    if (!by("password").hidden) {
        if (by("password").value === "") {
            showCard({ sentence: "noPassword", trouble: true, button: "connect", field: true });
            return;
        }
        password = by("password").value;
        by("password").value = "";
    }
    if (password !== null) {
        connectByPassword();
    } else {
        askPassword("askPassword", false);
    }
}

function isPressed(id) {
    return by(id).ariaPressed === "true";
}

// In its own size the screen may be larger than the window: then dragging moves it, and taps still click.
function applySize() {
    rfb.scaleViewport = isPressed("fit");
    rfb.clipViewport = !rfb.scaleViewport;
    rfb.dragViewport = rfb.clipViewport && isPressed("drag");
    by("drag").hidden = rfb.scaleViewport;
}

function onToggleSize(event) {
    const button = event.currentTarget;

    button.ariaPressed = button.ariaPressed !== "true";
    applySize();
    rfb.focus();
}

// With the keys that a browser would keep, where it can be asked for them.
async function onFullScreen() {
    if (document.fullscreenElement) {
        await document.exitFullscreen();
    } else {
        await document.documentElement.requestFullscreen();
        if (navigator.keyboard && navigator.keyboard.lock) {
            await navigator.keyboard.lock().catch(() => {});
        }
    }
    if (connected) {
        rfb.focus();
    }
}

// By pointer the screen goes on being typed to; who came by keyboard goes on by keyboard.
function onKeys(byPointer) {
    const on = by("keysPanel").hidden;

    showKeys(on);
    if (on && !byPointer) {
        by("keysPanel").querySelector("button").focus();
    } else {
        rfb.focus();
    }
}

function onTypeText() {
    typeText(rfb, by("textBox").value);
    by("textBox").value = "";
    showText(false);
    rfb.focus();
}

function onToClipboard() {
    rfb.clipboardPasteFrom(by("textBox").value);
    rfb.focus();
}

function onClipboard(event) {
    by("textBox").value = event.detail.text;
    say("fromGuest");
}

// Escape closes a panel in which it is pressed.
function onEscape(event) {
    if (event.key === "Escape" && !event.isComposing) {
        event.preventDefault();
        showText(false);
        showKeys(false);
        rfb.focus();
    }
}

// The screen takes every key, so there is one way out of it by keyboard.
function onKeyDown(event) {
    if (event.key !== "Home" || !event.ctrlKey || !event.altKey ||
        !by("screen").contains(document.activeElement)) {
        return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    rfb.sendKey(CONTROL, "ControlLeft", false);
    rfb.sendKey(ALT, "AltLeft", false);
    [...document.querySelectorAll("#bar button:not(:disabled)")].find(b => b.getClientRects().length > 0).focus();
}

function connectButtons() {
    const touch = new TouchKeyboard(by("touchInput"), () => rfb);

    keys = new KeyPanel(by("keysPanel"), () => rfb);
    by("drag").ariaPressed = touchOnly;

    by("card").addEventListener("submit", onSubmit);
    by("leave").addEventListener("click", leave);
    by("fit").addEventListener("click", onToggleSize);
    by("drag").addEventListener("click", onToggleSize);
    by("fullScreen").addEventListener("click", () => onFullScreen().catch(() => {}));
    by("ctrlAltDel").addEventListener("click", () => { rfb.sendCtrlAltDel(); rfb.focus(); });
    by("keysButton").addEventListener("click", event => onKeys(event.detail > 0));
    by("textButton").addEventListener("click", () => showText(by("textPanel").hidden));
    by("textClose").addEventListener("click", () => { showText(false); rfb.focus(); });
    by("textType").addEventListener("click", onTypeText);
    by("textClipboard").addEventListener("click", onToClipboard);
    by("keyboard").addEventListener("click", () => { touch.reset(); by("touchInput").focus(); });
    by("touchInput").addEventListener("focus", () => by("keyboard").ariaPressed = "true");
    by("touchInput").addEventListener("blur", () => by("keyboard").ariaPressed = "false");
    window.addEventListener("keydown", onKeyDown, true);
    by("textPanel").addEventListener("keydown", onEscape);
    by("keysPanel").addEventListener("keydown", onEscape);
    document.addEventListener("fullscreenchange", () => {
        by("fullScreen").ariaPressed = document.fullscreenElement !== null;
    });
    window.addEventListener("hashchange", () => { if (!connected) { begin(); } else { takeToken(); } });
}

function showAbilities() {
    by("badge").hidden = !share.viewOnly;
    by("ctrlAltDel").hidden = by("keysButton").hidden = by("textButton").hidden = share.viewOnly;
    by("keyboard").hidden = share.viewOnly || !matchMedia("(any-pointer: coarse)").matches;
    by("textClipboard").hidden = !share.clipboard;
    by("fullScreen").hidden = !document.fullscreenEnabled;
}

async function readShare() {
    share = { ...share, ...await (await fetch("/share.json")).json() };
    showAbilities();
}

async function start() {
    translate(document);
    connectButtons();
    try {
        await readShare();
    } catch (error) {
        showCard({ sentence: "unreachable", trouble: true });
        return;
    }
    begin();
}

start();
