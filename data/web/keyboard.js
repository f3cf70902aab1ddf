// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text to key presses: what stands in the text box, and what a touch screen's keyboard writes.

import keysyms from "/novnc/core/input/keysymdef.js";

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

export function typeText(rfb, text) {
    for (const character of text.replaceAll("\r\n", "\n")) {
        typeCharacter(rfb, character);
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
