// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the page says, in the browser's language if it is one of these.

const languages = {
    en: {
        title: "Console",
        bar: "Console",
        screen: "Screen of the guest. Ctrl+Alt+Home leaves it for the tool bar.",
        loading: "Loading…",
        askPassword: "Type the password of this shared console.",
        password: "Password",
        connect: "Connect",
        again: "Connect Again",
        connecting: "Connecting…",
        waiting: "Waiting until the owner of this guest lets you in…",
        connected: "Connected",
        connectedHint: "Connected. Ctrl+Alt+Home leaves the screen.",
        viewOnly: "View only",
        disconnect: "Disconnect",
        fullScreen: "Full screen",
        fit: "Fit to the window",
        keyboard: "Show the keyboard",
        keys: "Keys for the guest",
        arrowLeft: "Left arrow",
        arrowUp: "Up arrow",
        arrowDown: "Down arrow",
        arrowRight: "Right arrow",
        drag: "Move the screen by dragging",
        text: "Text for the guest",
        textLabel: "Text for the guest",
        textHint: "It is typed key by key, as on a US keyboard.",
        typeText: "Type It",
        toClipboard: "Put on Its Clipboard",
        fromGuest: "The guest has copied text: it is in the text box.",
        close: "Close",
        noPassword: "The password is empty.",
        wrongPassword: "The password is wrong.",
        usedLink: "This link has been used, or is too old. Type the password, or ask for another link.",
        brokenLink: "This link is not complete. Type the password, or ask for the whole link.",
        left: "You have disconnected.",
        late: "Logging in took too long.",
        penalty: "Too many wrong passwords from your address. Wait a while, then try again.",
        dropped: "You were disconnected by the owner of this guest.",
        unshared: "The owner of this guest has stopped sharing it.",
        expired: "The time for which this guest was shared is over.",
        off: "The guest was turned off.",
        stuck: "The connection was cut because nothing was taken for 20 seconds.",
        protocol: "The console was closed because something was sent that it does not know.",
        lost: "The connection is lost. The guest may have stopped, or is not shared any more.",
        unreachable: "The console cannot be reached. It may not be shared any more, or have too many viewers.",
    },
    ko: {
        title: "콘솔",
        bar: "콘솔",
        screen: "게스트 화면. Ctrl+Alt+Home을 누르면 도구 모음으로 나갑니다.",
        loading: "불러오는 중…",
        askPassword: "공유된 콘솔의 암호를 입력하십시오.",
        password: "암호",
        connect: "연결",
        again: "다시 연결",
        connecting: "연결하는 중…",
        waiting: "게스트의 주인이 들여보내 주기를 기다리는 중…",
        connected: "연결됨",
        connectedHint: "연결됨. Ctrl+Alt+Home을 누르면 화면에서 나갑니다.",
        viewOnly: "보기 전용",
        disconnect: "연결 끊기",
        fullScreen: "전체 화면",
        fit: "창에 맞추기",
        keyboard: "키보드 보이기",
        keys: "게스트에 보낼 키",
        arrowLeft: "왼쪽 화살표",
        arrowUp: "위쪽 화살표",
        arrowDown: "아래쪽 화살표",
        arrowRight: "오른쪽 화살표",
        drag: "끌어서 화면 옮기기",
        text: "게스트에 보낼 글",
        textLabel: "게스트에 보낼 글",
        textHint: "미국식 자판에서처럼 한 글자씩 입력됩니다.",
        typeText: "입력하기",
        toClipboard: "게스트 클립보드에 넣기",
        fromGuest: "게스트가 글을 복사했습니다. 글 상자에 있습니다.",
        close: "닫기",
        noPassword: "암호가 비어 있습니다.",
        wrongPassword: "암호가 틀렸습니다.",
        usedLink: "이미 쓴 링크이거나 너무 오래된 링크입니다. 암호를 입력하거나 새 링크를 부탁하십시오.",
        brokenLink: "링크가 온전하지 않습니다. 암호를 입력하거나 링크 전체를 부탁하십시오.",
        left: "연결을 끊었습니다.",
        late: "로그인하는 데 너무 오래 걸렸습니다.",
        penalty: "이 주소에서 틀린 암호를 너무 많이 보냈습니다. 잠시 기다린 뒤 다시 시도하십시오.",
        dropped: "게스트의 주인이 연결을 끊었습니다.",
        unshared: "게스트의 주인이 공유를 멈췄습니다.",
        expired: "게스트를 공유하는 시간이 끝났습니다.",
        off: "게스트가 꺼졌습니다.",
        stuck: "20초 동안 아무것도 받아 가지 않아 연결을 끊었습니다.",
        protocol: "콘솔이 알지 못하는 것을 받아 연결을 닫았습니다.",
        lost: "연결이 끊어졌습니다. 게스트가 멈췄거나 더는 공유되지 않을 수 있습니다.",
        unreachable: "콘솔에 닿을 수 없습니다. 더는 공유되지 않거나 보는 사람이 너무 많을 수 있습니다.",
    },
};

const language = navigator.languages.map(name => name.slice(0, 2)).find(name => name in languages)
      || "en";

export function text(key) {
    return languages[language][key];
}

// Fills in what stands in the page: data-text is contents, data-label a name and a tool tip.
export function translate(root) {
    document.documentElement.lang = language;
    for (const element of root.querySelectorAll("[data-text]")) {
        element.textContent = text(element.dataset.text);
    }
    for (const element of root.querySelectorAll("[data-label]")) {
        element.setAttribute("aria-label", text(element.dataset.label));
        if (element.localName === "button") {
            element.title = text(element.dataset.label);
        }
    }
}
