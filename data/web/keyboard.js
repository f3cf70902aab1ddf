// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text to key presses: what stands in the text box, and what a touch screen's keyboard writes. And keys
// that such a keyboard lacks, or that a browser keeps for itself.

import keysyms from "/novnc/core/input/keysymdef.js";
import { text } from "/texts.js";

const BACKSPACE = 0xff08, TAB = 0xff09, RETURN = 0xff0d, SHIFT = 0xffe1;
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';

function keysymOf(character) {
    if (character === "\n") {
        return RETURN;
    }
    return character === "\t" ? TAB : keysyms.lookup(character.codePointAt(0));
}

function typeCharacter(rfb, character) {
    const shifted = SHIFTED.includes(character) || /[A-Z]/.test(character);

    if (shifted) {
        rfb.sendKey(SHIFT, "ShiftLeft", true);
    }
    rfb.sendKey(keysymOf(character), null);
    if (shifted) {
        rfb.sendKey(SHIFT, "ShiftLeft", false);
    }
}

export function typeText(rfb, words) {
    for (const character of words.replaceAll("\r\n", "\n")) {
        typeCharacter(rfb, character);
    }
}

const HELD_KEYS = [["Ctrl", 0xffe3, "ControlLeft"], ["Alt", 0xffe9, "AltLeft"], ["Super", 0xffeb, "MetaLeft"]];
const KEYS = [
    ["Esc", 0xff1b, "Escape"], ["Tab", TAB, "Tab"], ["Ins", 0xff63, "Insert"], ["Del", 0xffff, "Delete"],
    ["←", 0xff51, "ArrowLeft"], ["↑", 0xff52, "ArrowUp"], ["↓", 0xff54, "ArrowDown"], ["→", 0xff53, "ArrowRight"],
    ["Home", 0xff50, "Home"], ["End", 0xff57, "End"], ["PgUp", 0xff55, "PageUp"], ["PgDn", 0xff56, "PageDown"],
    ...Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, 0xffbe + i, `F${i + 1}`]),
];
const SPOKEN = { "←": "arrowLeft", "↑": "arrowUp", "↓": "arrowDown", "→": "arrowRight" };

// Buttons for keys. Those of HELD_KEYS stay down until they are pressed again, for chords with all others.
export class KeyPanel {
    constructor(panel, getRfb) {
        this.getRfb = getRfb;
        this.held = HELD_KEYS.map(key => this.add(panel, key, button => this.toggle(button, key)));
        for (const key of KEYS) {
            this.add(panel, key, () => this.getRfb().sendKey(key[1], key[2]));
        }
        this.add(panel, ["Ctrl+Alt+Del", null, "CtrlAltDel"], () => this.getRfb().sendCtrlAltDel())
            .classList.add("narrow"); // elsewhere it stands in the bar
        // Who types goes on doing so: a touch screen's keyboard stays.
        panel.addEventListener("mousedown", event => event.preventDefault());
    }

    add(panel, [label, , code], act) {
        const button = document.createElement("button");

        button.type = "button";
        button.id = `key${code}`;
        button.textContent = label;
        if (label in SPOKEN) {
            button.ariaLabel = button.title = text(SPOKEN[label]);
        }
        button.addEventListener("click", () => act(button));
        panel.append(button);
        return button;
    }

    toggle(button, [, keysym, code]) {
        const down = button.ariaPressed !== "true";

        button.ariaPressed = down;
        this.getRfb().sendKey(keysym, code, down);
    }

    // Whether or not there is still a guest to be told.
    release() {
        this.held.forEach((button, i) => {
            if (button.ariaPressed === "true" && this.getRfb()) {
                this.getRfb().sendKey(HELD_KEYS[i][1], HELD_KEYS[i][2], false);
            }
            button.ariaPressed = false;
        });
    }
}

// Makes a text field write to the guest. Its contents are what was typed of late, so that there is
// something to take back; a touch screen's keyboard tells no keys, only what has become of a text.
export class TouchKeyboard {
    constructor(field, getRfb) {
        this.field = field;
        this.getRfb = getRfb;
        this.reset();
        field.addEventListener("input", () => this.changed());
    }

    reset() {
        this.last = this.field.value = "\u00a0".repeat(64);
    }

    changed() {
        const now = this.field.value;
        let same = 0;

        while (same < now.length && same < this.last.length && now[same] === this.last[same]) {
            same++;
        }
        for (let i = same; i < this.last.length; i++) {
            this.getRfb().sendKey(BACKSPACE, "Backspace");
        }
        typeText(this.getRfb(), now.slice(same));
        this.last = now;
        if (now.length < 8 || now.length > 256) {
            this.reset();
        }
    }
}
