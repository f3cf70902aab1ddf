/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The "glass" protocol between vitrine-display and the local front ends (GUI, vitrinectl): numbers,
 * layouts and limits, nothing else. Transport: AF_UNIX SOCK_SEQPACKET, one message a packet, host
 * byte order (both ends are on one machine), descriptors by SCM_RIGHTS.
 *
 * Each message is a 32-bit type followed by the 32-bit (or stated) fields of its struct; its size is
 * exactly sizeof of that struct, except GLASS_DAMAGE, which carries n_rects rectangles.
 *
 *   client                        display
 *     HELLO console  ->
 *                    <-             WELCOME console
 *                    <-             HEADS, once QEMU has told them, and when they change
 *                    <-             SCANOUT (+1 fd), then CURSOR (+1 fd), LEDS, ...
 *                    <-             DAMAGE serial
 *     (paints)  ACK serial  ->
 *                    <-             DAMAGE serial + 1 ...
 *
 * Before WELCOME only HELLO is legal upward and nothing but WELCOME downward. Until a DAMAGE is
 * acknowledged no other is sent: what changes meanwhile is merged into the next. A SCANOUT replaces
 * the frame, resets outstanding damage and counts as a DAMAGE of the whole frame with its serial:
 * it too must be acknowledged. A message that breaks a rule costs the sender its connection.
 *
 * The clipboard goes both ways over the same messages: an OFFER says which kinds there are, WANT
 * asks for the contents of one kind, DATA answers it, or says that there is none. Each side has at
 * most one unanswered WANT. What the policy does not allow is not offered and is answered with none.
 *
 * B7 display -> GUI: the GUI trusts no number here. B4/B5-like checks apply upward as well.
 */
#pragma once

#include <glib.h>

#define GLASS_VERSION 1

/* Limits that either side enforces on the other. */
#define GLASS_DIMENSION_MAX 16384u         /* pixels, width and height */
#define GLASS_FRAME_BYTES_MAX (256u << 20) /* of one frame */
#define GLASS_CURSOR_DIMENSION_MAX 512u    /* pixels */
#define GLASS_RECTS_MAX 64u                /* in one DAMAGE; more are merged by the sender */
#define GLASS_CLIENTS_MAX 16u              /* local front ends of one guest */
#define GLASS_KEY_MAX 255u                 /* QEMU key numbers ("qnum") are 1..255 */
#define GLASS_TOUCH_SLOTS_MAX 16u
#define GLASS_HEADS_MAX 4u /* consoles ("heads") of one guest */
#define GLASS_SOUND_FRAMES_MAX 960u /* in one packet: 20 ms, as QEMU hands them over */
#define GLASS_MESSAGE_BYTES_MAX (16u + GLASS_SOUND_FRAMES_MAX * 4u) /* the longest, downward */

/* The only pixel format: 0xXXRRGGBB in a native 32-bit word (pixman x8r8g8b8, CAIRO_FORMAT_RGB24).
 * The display process converts what QEMU offers. Cursors are premultiplied ARGB32. */
#define GLASS_FORMAT_XRGB8888 0x34325258u

typedef enum
{
  /* client -> display */
  GLASS_HELLO = 1,
  GLASS_ACK = 2,
  GLASS_KEY = 3,
  GLASS_POINTER_ABSOLUTE = 4,
  GLASS_POINTER_RELATIVE = 5,
  GLASS_BUTTON = 6,
  GLASS_TOUCH = 7,
  GLASS_RESIZE = 8,
  GLASS_SOUND_WISH = 9,
  GLASS_SOUND_RECORDED = 10,
  /* 11 reserved: sound */
  GLASS_CLIPBOARD_GIVE = 12,   /* GlassClipboardOffer: what the client's clipboard holds */
  GLASS_CLIPBOARD_FETCH = 13,  /* GlassClipboardWant: of the guest's offer */
  GLASS_CLIPBOARD_SEND = 14,   /* GlassClipboardData (+1 fd unless size is 0): answers WANT, or gives
                                  contents without being asked (number 0), which outlast the client */
  GLASS_CLIPBOARD_DECIDE = 15, /* GlassClipboardDecision: a person's answer to STATE's question */
  GLASS_HEAD_OFF = 16,
  GLASS_LOCKS = 17,

  /* display -> client */
  GLASS_WELCOME = 32,
  GLASS_SCANOUT = 33,      /* + 1 fd: sealed memfd, >= stride * height bytes */
  GLASS_DAMAGE = 34,
  GLASS_CURSOR = 35,       /* + 1 fd unless width is 0: sealed memfd, width * height * 4 bytes */
  GLASS_CURSOR_POSITION = 36,
  GLASS_POINTER_MODE = 37,
  GLASS_LEDS = 38,
  GLASS_BLANK = 39,        /* the guest has no picture now; the last frame is void */
  GLASS_SOUND_STATE = 40,
  GLASS_SOUND_PLAYED = 41,
  /* 42..43 reserved: sound */
  GLASS_CLIPBOARD_OFFER = 44, /* GlassClipboardOffer: what the guest's clipboard holds */
  GLASS_CLIPBOARD_WANT = 45,  /* GlassClipboardWant: of the client's offer */
  GLASS_CLIPBOARD_DATA = 46,  /* GlassClipboardData, + 1 fd unless size is 0: answers FETCH */
  GLASS_CLIPBOARD_STATE = 47, /* GlassClipboardState: policy, and a question for a person */
  GLASS_HEADS = 48,
} GlassType;

typedef struct
{
  guint32 type;
  guint32 version; /* GLASS_VERSION; another ends the connection */
  guint32 console; /* which head to show and to point at, < GLASS_HEADS_MAX. One that the guest does
                    * not have stays without a picture; HEADS tells */
} GlassHello;

typedef struct
{
  guint32 type;
  guint32 serial; /* of the DAMAGE or SCANOUT that has been painted */
} GlassAck;

typedef struct
{
  guint32 type;
  guint32 key;  /* qnum, 1..GLASS_KEY_MAX */
  guint32 down; /* 0 or 1 */
} GlassKey;

/* Absolute position in guest pixels, inside the frame. */
typedef struct
{
  guint32 type;
  guint32 x;
  guint32 y;
} GlassPointerAbsolute;

typedef struct
{
  guint32 type;
  gint32 dx; /* -10000..10000 */
  gint32 dy;
} GlassPointerRelative;
#define GLASS_RELATIVE_MAX 10000

/* QEMU's InputButton numbers. */
typedef enum
{
  GLASS_BUTTON_LEFT = 0,
  GLASS_BUTTON_MIDDLE = 1,
  GLASS_BUTTON_RIGHT = 2,
  GLASS_BUTTON_WHEEL_UP = 3,
  GLASS_BUTTON_WHEEL_DOWN = 4,
  GLASS_BUTTON_SIDE = 5,
  GLASS_BUTTON_EXTRA = 6,
  GLASS_BUTTON_LAST = GLASS_BUTTON_EXTRA,
} GlassButtonNumber;

typedef struct
{
  guint32 type;
  guint32 button;
  guint32 down; /* 0 or 1 */
} GlassButton;

/* kind: 0 begin, 1 update, 2 end, 3 cancel (QEMU's InputMultiTouchType minus its data kind). */
typedef struct
{
  guint32 type;
  guint32 kind;
  guint32 slot;
  guint32 x;
  guint32 y;
} GlassTouch;
#define GLASS_TOUCH_UPDATE 1u
#define GLASS_TOUCH_KIND_LAST 3u

#define GLASS_LED_SCROLL 1u
#define GLASS_LED_NUM 2u
#define GLASS_LED_CAPS 4u
#define GLASS_LEDS_ALL 7u

/* Asks the guest for another screen size (a hint; the guest may ignore it). */
typedef struct
{
  guint32 type;
  guint32 width; /* pixels, 1..GLASS_DIMENSION_MAX */
  guint32 height;
  guint32 width_mm; /* 0: unknown */
  guint32 height_mm;
} GlassResize;

/* Asks the guest to switch this connection's head off, as if its monitor were unplugged; RESIZE
 * plugs it in again. Not for the first head. */
typedef struct
{
  guint32 type;
} GlassHeadOff;

/* What Caps, Num and Scroll Lock are on the client's own keyboard. The guest's are brought in line, by
 * pressing those keys whose lights in the guest say otherwise. */
typedef struct
{
  guint32 type;
  guint32 leds; /* mask of GLASS_LED_* */
} GlassLocks;

/* Clipboard. Contents travel in a memfd that is sealed against shrinking, growing and writing. */
#define GLASS_CLIPBOARD_TEXT 1u /* UTF-8, no NUL */
#define GLASS_CLIPBOARD_PNG 2u
#define GLASS_CLIPBOARD_KINDS_ALL 3u
#define GLASS_CLIPBOARD_BYTES_MAX (8u << 20)

typedef struct
{
  guint32 type;
  guint32 serial; /* of the contents: the same contents offered again have the same */
  guint32 kinds;  /* mask of GLASS_CLIPBOARD_*; 0: no offer any more */
} GlassClipboardOffer;

typedef struct
{
  guint32 type;
  guint32 number; /* for DATA or SEND to say what it answers; never 0 */
  guint32 kind;   /* one of GLASS_CLIPBOARD_* */
} GlassClipboardWant;

typedef struct
{
  guint32 type;
  guint32 number; /* of the WANT or FETCH; 0 in SEND: contents unasked */
  guint32 kind;   /* one of GLASS_CLIPBOARD_* */
  guint32 size;   /* bytes in the memfd, at most GLASS_CLIPBOARD_BYTES_MAX; 0: there is none */
} GlassClipboardData;

typedef struct
{
  guint32 type;
  guint32 question; /* STATE's; never 0 */
  guint32 allow;    /* 0 or 1 */
} GlassClipboardDecision;

typedef struct
{
  guint32 type;
  guint32 policy;    /* ClipboardPolicy */
  guint32 question;  /* number, 0: none is open */
  guint32 direction; /* ClipboardDirection, of the question */
} GlassClipboardState;

/* Sound, in both directions: 48 kHz, two channels, signed 16-bit samples in native order. */
#define GLASS_SOUND_RATE 48000u
typedef struct
{
  gint16 left;
  gint16 right;
} GlassSoundFrame;

/* What of the guest's sound the client takes part in: nothing until it says so. Only the window does;
 * a thumbnail or vitrinectl does not. */
#define GLASS_SOUND_HEAR 1u  /* send SOUND_STATE and SOUND_PLAYED */
#define GLASS_SOUND_SPEAK 2u /* here is a microphone: SOUND_STATE says when it is wanted */
typedef struct
{
  guint32 type;
  guint32 wish; /* mask of GLASS_SOUND_HEAR, GLASS_SOUND_SPEAK */
} GlassSoundWish;

/* What the microphone heard; passed over unless the last SOUND_STATE said GLASS_SOUND_RECORDING. */
typedef struct
{
  guint32 type;
  guint32 n_frames;         /* 1..GLASS_SOUND_FRAMES_MAX */
  GlassSoundFrame frames[]; /* n_frames */
} GlassSoundRecorded;

/* Any message upward but SOUND_RECORDED: what a front end queues and what display has checked. */
typedef union
{
  guint32 type; /* GlassType, client -> display */
  GlassHello hello;
  GlassAck ack;
  GlassKey key;
  GlassPointerAbsolute absolute;
  GlassPointerRelative relative;
  GlassButton button;
  GlassTouch touch;
  GlassResize resize;
  GlassClipboardOffer clipboard_offer;
  GlassClipboardWant clipboard_want;
  GlassClipboardData clipboard_data;
  GlassClipboardDecision clipboard_decision;
  GlassSoundWish sound;
  GlassHeadOff head_off;
  GlassLocks locks;
} GlassRequest;

typedef struct
{
  guint32 type;
  guint32 version;
  guint32 console; /* the head that HELLO named */
} GlassWelcome;

/* The guest's heads, of whichever console this connection is. */
typedef struct
{
  guint32 type;
  guint32 count; /* 1..GLASS_HEADS_MAX */
  guint32 lit;   /* mask: those that the guest drives now. < 1 << count */
} GlassHeads;

typedef struct
{
  guint32 type;
  guint32 serial;
  guint32 width; /* pixels, 1..GLASS_DIMENSION_MAX */
  guint32 height;
  guint32 stride; /* bytes, a multiple of 4, >= width * 4 */
  guint32 format; /* GLASS_FORMAT_XRGB8888 */
} GlassScanout;

typedef struct
{
  guint32 x; /* pixels, inside the frame, never empty */
  guint32 y;
  guint32 width;
  guint32 height;
} GlassRect;

typedef struct
{
  guint32 type;
  guint32 serial;
  guint32 n_rects;   /* 1..GLASS_RECTS_MAX */
  guint32 n_updates; /* how many changes reported by QEMU this damage merges, >= 1 (statistics) */
  GlassRect rects[]; /* n_rects */
} GlassDamage;

typedef struct
{
  guint32 type;
  guint32 width; /* 0: the guest defines none (show the system's default) */
  guint32 height;
  guint32 hot_x; /* < width */
  guint32 hot_y;
} GlassCursor;

typedef struct
{
  guint32 type;
  gint32 x; /* guest pixels */
  gint32 y;
  guint32 visible; /* 0 or 1 */
} GlassCursorPosition;

typedef struct
{
  guint32 type;
  guint32 absolute; /* 1: send POINTER_ABSOLUTE (tablet); 0: POINTER_RELATIVE (mouse) */
} GlassPointerMode;

typedef struct
{
  guint32 type;
  guint32 leds; /* mask of GLASS_LED_* */
} GlassLeds;

typedef struct
{
  guint32 type;
} GlassBlank;

/* Only to a client that wished for sound: at once, and with each change. */
#define GLASS_SOUND_PLAYING 1u   /* the guest's sound is on: SOUND_PLAYED follows */
#define GLASS_SOUND_RECORDING 2u /* the guest records and this client's microphone is wanted */
typedef struct
{
  guint32 type;
  guint32 state; /* mask of GLASS_SOUND_PLAYING, GLASS_SOUND_RECORDING */
} GlassSoundState;

/* The guest's sound as it comes. What a client does not read in time is left out. */
typedef struct
{
  guint32 type;
  guint32 n_frames;         /* 1..GLASS_SOUND_FRAMES_MAX */
  GlassSoundFrame frames[]; /* n_frames */
} GlassSoundPlayed;
