/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list of nonsense: name, channel, what completes "It tried to …". Read by vitrine-drill, which
 * speaks it, and by vitrine-vmm, which judges it. Closed if whoever is spoken to refuses it and
 * lives. Data only.
 */
#pragma once

/* So much of what has no end is said, and so much memory may whoever is spoken to have at the most.
 */
#define NONSENSE_ENDLESS_BYTES (256u << 20)
#define NONSENSE_KEPT_MAX (192u << 20)

typedef enum
{
  DRILL_QMP,     /* QEMU's monitor */
  DRILL_LINK,    /* the display's link to vmm */
  DRILL_NET,     /* the network's */
  DRILL_NBD,     /* vitrine-nbd's */
  DRILL_FRAMES,  /* QEMU's network card */
  DRILL_CONTROL, /* a user's connection to vmm */
  DRILL_GLASS,   /* the display's, to front ends */
  DRILL_SERVER,  /* an NBD server's connection */
  DRILL_IMAGE,   /* what qemu-img prints of an image */
} DrillChannel;

#define DRILL_TALK_QMP(X)                                                                          \
  X ("qmp-no-greeting", DRILL_QMP, "answer the monitor before it was asked")                       \
  X ("qmp-binary", DRILL_QMP, "send the monitor bytes that are no text")                           \
  X ("qmp-cut", DRILL_QMP, "send the monitor half an object")                                      \
  X ("qmp-array", DRILL_QMP, "send the monitor something else than an object")                     \
  X ("qmp-deep", DRILL_QMP, "nest what it sends the monitor too deep")                             \
  X ("qmp-endless", DRILL_QMP, "send the monitor a line without end")                              \
  X ("qmp-twice", DRILL_QMP, "greet the monitor without end")

#define DRILL_TALK_LINK(X)                                                                         \
  X ("link-short", DRILL_LINK, "send the supervisor half a message")                               \
  X ("link-long", DRILL_LINK, "send the supervisor more than a message")                           \
  X ("link-type", DRILL_LINK, "send the supervisor a message that does not exist")                 \
  X ("link-order", DRILL_LINK, "give the supervisor an order")                                     \
  X ("link-number", DRILL_LINK, "report four billion viewers")                                     \
  X ("link-address", DRILL_LINK, "put control characters into a viewer's address")

#define DRILL_TALK_NET(X)                                                                          \
  X ("net-short", DRILL_NET, "send the supervisor half a message")                                 \
  X ("net-long", DRILL_NET, "send the supervisor more than a message")                             \
  X ("net-type", DRILL_NET, "send the supervisor a message that does not exist")                   \
  X ("net-order", DRILL_NET, "give the supervisor an order")                                       \
  X ("net-policy", DRILL_NET, "report a policy that does not exist")

#define DRILL_TALK_NBD(X)                                                                          \
  X ("nbd-short", DRILL_NBD, "send the supervisor half a message")                                 \
  X ("nbd-long", DRILL_NBD, "send the supervisor more than a message")                             \
  X ("nbd-type", DRILL_NBD, "send the supervisor a message that does not exist")                   \
  X ("nbd-order", DRILL_NBD, "give the supervisor an order")                                       \
  X ("nbd-why", DRILL_NBD, "report an end for a reason that does not exist")                       \
  X ("nbd-size", DRILL_NBD, "report a disk that is larger than any")                               \
  X ("nbd-text", DRILL_NBD, "put control characters into what a person reads")                     \
  X ("nbd-no-end", DRILL_NBD, "send the supervisor a text without an end")

#define DRILL_TALK_IMAGE(X)                                                                        \
  X ("image-nothing", DRILL_IMAGE, "say nothing of an image")                                      \
  X ("image-binary", DRILL_IMAGE, "describe an image by bytes that are no text")                   \
  X ("image-cut", DRILL_IMAGE, "describe an image by half an object")                              \
  X ("image-array", DRILL_IMAGE, "describe an image by something else than an object")             \
  X ("image-deep", DRILL_IMAGE, "nest an image's description too deep")                            \
  X ("image-endless", DRILL_IMAGE, "describe an image without end")                                \
  X ("image-values", DRILL_IMAGE, "describe an image by too many values")                          \
  X ("image-string", DRILL_IMAGE, "describe an image by too long a text")                          \
  X ("image-nul", DRILL_IMAGE, "hide the end of a name behind a zero")                             \
  X ("image-format", DRILL_IMAGE, "describe an image of another format")                           \
  X ("image-size", DRILL_IMAGE, "describe an image of less than nothing")                          \
  X ("image-unprintable", DRILL_IMAGE, "put control characters into a backing file's name")        \
  X ("image-backing", DRILL_IMAGE, "let an image rest on a file of the host")                      \
  X ("image-backing-network", DRILL_IMAGE, "let an image rest on a server")                        \
  X ("image-backing-json", DRILL_IMAGE, "let an image rest on whatever a json: name says")         \
  X ("image-data-file", DRILL_IMAGE, "let an image keep its data in a file of the host")

#define DRILL_TALK_FRAMES(X)                                                                       \
  X ("frame-short", DRILL_FRAMES, "send frames that are cut off")                                  \
  X ("frame-long", DRILL_FRAMES, "send frames that are longer than any")                           \
  X ("frame-ip-length", DRILL_FRAMES, "send packets that say a wrong length")                      \
  X ("frame-ip-header", DRILL_FRAMES, "send packets whose header has a wrong length")              \
  X ("frame-ip-version", DRILL_FRAMES, "send packets of another version than their frame's")       \
  X ("frame-tcp-offset", DRILL_FRAMES, "send segments whose header has a wrong length")            \
  X ("frame-tcp-part", DRILL_FRAMES, "hide the ports of a connection in parts of packets")         \
  X ("frame-udp-length", DRILL_FRAMES, "send datagrams that say a wrong length")                   \
  X ("frame-extensions", DRILL_FRAMES, "send packets with hundreds of headers")                    \
  X ("frame-arp-sizes", DRILL_FRAMES, "ask for addresses of impossible sizes")                     \
  X ("frame-dhcp-option", DRILL_FRAMES, "ask for a lease by an option without an end")             \
  X ("frame-nd-option", DRILL_FRAMES, "ask for a neighbour by an option without a length")         \
  X ("frame-noise", DRILL_FRAMES, "send ten thousand frames of noise")                             \
  X ("frame-tagged", DRILL_FRAMES, "send frames for another virtual network")                      \
  X ("frame-other-card", DRILL_FRAMES, "send in the name of another card")                         \
  X ("frame-other-address", DRILL_FRAMES, "send in the name of another address")                   \
  X ("frame-source-route", DRILL_FRAMES, "choose the way of its packets")                          \
  X ("frame-offer", DRILL_FRAMES, "hand out leases")                                               \
  X ("frame-router", DRILL_FRAMES, "be a router")                                                  \
  X ("frame-loopback", DRILL_FRAMES, "connect to the host itself")                                 \
  X ("frame-private", DRILL_FRAMES, "connect to a private network")

#define DRILL_TALK_SERVER(X)                                                                       \
  X ("server-other-protocol", DRILL_SERVER, "speak another protocol")                              \
  X ("server-dead-dialect", DRILL_SERVER, "speak a dialect that has died out")                     \
  X ("server-magic", DRILL_SERVER, "greet by other numbers")                                       \
  X ("server-no-options", DRILL_SERVER, "greet without options")                                   \
  X ("server-noise", DRILL_SERVER, "greet by noise")                                               \
  X ("server-answer-magic", DRILL_SERVER, "answer by other numbers")                               \
  X ("server-answer-other", DRILL_SERVER, "answer what was not asked")                             \
  X ("server-answer-long", DRILL_SERVER, "answer by four gigabytes")                               \
  X ("server-answer-many", DRILL_SERVER, "answer without end")                                     \
  X ("server-agree-with-more", DRILL_SERVER, "agree, and say more than that")                      \
  X ("server-no-size", DRILL_SERVER, "show a disk without a size")                                 \
  X ("server-two-sizes", DRILL_SERVER, "show a disk of two sizes")                                 \
  X ("server-empty", DRILL_SERVER, "show a disk of no size")                                       \
  X ("server-huge", DRILL_SERVER, "show a disk that is larger than any")                           \
  X ("server-odd-blocks", DRILL_SERVER, "show a disk of odd blocks")                               \
  X ("server-large-blocks", DRILL_SERVER,                                                          \
     "show a disk of blocks that are larger than any request")                                     \
  X ("server-info-short", DRILL_SERVER, "say half of what a disk is")                              \
  X ("server-words", DRILL_SERVER, "put control characters into what a person reads")              \
  X ("server-list-many", DRILL_SERVER, "list its disks without end")                               \
  X ("server-list-wrong", DRILL_SERVER, "list a name of four gigabytes")                           \
  X ("server-tls-clear", DRILL_SERVER, "go on in clear where TLS begins")                          \
  X ("server-tls-noise", DRILL_SERVER, "begin TLS by noise")                                       \
  X ("server-reply-unasked", DRILL_SERVER, "reply before it was asked")                            \
  X ("server-reply-magic", DRILL_SERVER, "reply by other numbers")                                 \
  X ("server-reply-cookie", DRILL_SERVER, "reply to what nobody asked")                            \
  X ("server-reply-far-cookie", DRILL_SERVER, "reply to a request beyond all there can be")        \
  X ("server-reply-structured", DRILL_SERVER, "reply by a dialect that was not agreed on")         \
  X ("server-reply-twice", DRILL_SERVER, "reply twice")                                            \
  X ("server-reply-too-much", DRILL_SERVER, "reply by more than was asked for")

#define DRILL_TALK_GLASS(X)                                                                        \
  X ("glass-memory-unsealed", DRILL_GLASS, "let the window map memory that may change its size")   \
  X ("glass-memory-shrinks", DRILL_GLASS, "let the window map memory that may shrink")             \
  X ("glass-memory-short", DRILL_GLASS, "let the window map less memory than a picture needs")     \
  X ("glass-memory-holes", DRILL_GLASS, "let the window allocate a picture's memory")              \
  X ("glass-memory-empty", DRILL_GLASS, "let the window map no memory at all")                     \
  X ("glass-memory-huge-pages", DRILL_GLASS, "let the window map memory that can be taken away")   \
  X ("glass-memory-device", DRILL_GLASS, "let the window map a device")                            \
  X ("glass-memory-socket", DRILL_GLASS, "let the window map a socket")                            \
  X ("glass-memory-of-cursor", DRILL_GLASS, "let the window copy a cursor from such memory")       \
  X ("glass-memory-torn", DRILL_GLASS, "shrink a picture while it is shown")                       \
  X ("glass-no-memory", DRILL_GLASS, "show the window a picture without memory")                   \
  X ("glass-many-memories", DRILL_GLASS, "show the window one picture in eight places")            \
  X ("glass-flood-of-memories", DRILL_GLASS, "leave hundreds of descriptors in the window")        \
  X ("glass-uninvited-memory", DRILL_GLASS, "send the window a descriptor that it did not expect") \
  X ("glass-early", DRILL_GLASS, "show the window a picture before it was let in")                 \
  X ("glass-version", DRILL_GLASS, "speak another version to the window")                          \
  X ("glass-console", DRILL_GLASS, "show the window another screen than it asked for")             \
  X ("glass-talkative", DRILL_GLASS, "keep the window busy")                                       \
  X ("glass-second-welcome", DRILL_GLASS, "welcome the window twice")                              \
  X ("glass-order", DRILL_GLASS, "ask the window to show something")                               \
  X ("glass-unknown", DRILL_GLASS, "send the window a message that does not exist")                \
  X ("glass-cut", DRILL_GLASS, "send the window half a message")                                   \
  X ("glass-long", DRILL_GLASS, "send the window more than a message")                             \
  X ("glass-huge", DRILL_GLASS, "show the window a picture of four billion lines")                 \
  X ("glass-overflow", DRILL_GLASS, "show the window a picture whose size wraps around")           \
  X ("glass-no-size", DRILL_GLASS, "show the window a picture of no size")                         \
  X ("glass-stride", DRILL_GLASS, "show the window a picture whose lines overlap")                 \
  X ("glass-format", DRILL_GLASS, "show the window a picture in an unknown format")                \
  X ("glass-damage-outside", DRILL_GLASS, "let the window paint beyond the picture")               \
  X ("glass-damage-wraps", DRILL_GLASS, "let the window paint where numbers wrap around")          \
  X ("glass-damage-serial", DRILL_GLASS, "let the window paint out of turn")                       \
  X ("glass-damage-many", DRILL_GLASS, "let the window paint millions of parts")                   \
  X ("glass-cursor-huge", DRILL_GLASS, "give the window a cursor of four billion lines")           \
  X ("glass-cursor-hot", DRILL_GLASS, "give the window a cursor that points from outside")         \
  X ("glass-leds", DRILL_GLASS, "light lights in the window that do not exist")                    \
  X ("glass-mode", DRILL_GLASS, "give the window a pointer that does not exist")                   \
  X ("glass-sound", DRILL_GLASS, "play sound that the window did not ask for")                     \
  X ("glass-sound-many", DRILL_GLASS, "play more sound than there is")                             \
  X ("glass-heads-many", DRILL_GLASS, "open a thousand windows")                                   \
  X ("glass-heads-nowhere", DRILL_GLASS, "light a screen that does not exist")                     \
  X ("glass-clipboard-unasked", DRILL_GLASS, "paste what the window did not ask for")              \
  X ("glass-clipboard-kinds", DRILL_GLASS, "offer to the clipboard what does not exist")           \
  X ("glass-clipboard-question", DRILL_GLASS, "ask a person what does not exist")

#define DRILL_TALK_CONTROL(X)                                                                      \
  X ("control-no-login", DRILL_CONTROL, "talk without logging in")                                 \
  X ("control-other-words", DRILL_CONTROL, "log in by the words of another protocol")              \
  X ("control-other-user", DRILL_CONTROL, "log in as another user")                                \
  X ("control-nobody", DRILL_CONTROL, "log in as nobody")                                          \
  X ("control-cookie", DRILL_CONTROL, "log in by a file")                                          \
  X ("control-byte-order", DRILL_CONTROL, "send messages in no order of bytes")                    \
  X ("control-type", DRILL_CONTROL, "send messages of no kind")                                    \
  X ("control-version", DRILL_CONTROL, "send messages of another version")                         \
  X ("control-body-huge", DRILL_CONTROL, "send a message of two gigabytes")                        \
  X ("control-fields-huge", DRILL_CONTROL, "send a header of two gigabytes")                       \
  X ("control-no-serial", DRILL_CONTROL, "send a message without a number")                        \
  X ("control-field-type", DRILL_CONTROL, "send a header whose fields are of other types")         \
  X ("control-not-utf8", DRILL_CONTROL, "call by a name that is no text")                          \
  X ("control-text-long", DRILL_CONTROL, "send a text that is longer than its message")            \
  X ("control-nested", DRILL_CONTROL, "nest an argument five hundred times")                       \
  X ("control-unknown-call", DRILL_CONTROL, "call what does not exist")                            \
  X ("control-other-object", DRILL_CONTROL, "call an object that does not exist")                  \
  X ("control-other-arguments", DRILL_CONTROL, "end the guest by other arguments")                 \
  X ("control-monitor", DRILL_CONTROL, "send the monitor nonsense")                                \
  X ("control-monitor-forbidden", DRILL_CONTROL, "send the monitor what is forbidden")             \
  X ("control-clipboard", DRILL_CONTROL, "set a policy of the clipboard that does not exist")      \
  X ("control-viewer", DRILL_CONTROL, "disconnect a viewer that does not exist")                   \
  X ("control-unshare", DRILL_CONTROL, "end sharing what is not shared")                           \
  X ("control-limits", DRILL_CONTROL, "set a limit that is no number")                             \
  X ("control-network", DRILL_CONTROL, "set a policy of the network that does not exist")          \
  X ("control-share", DRILL_CONTROL, "share by an address that does not exist")                    \
  X ("control-capture", DRILL_CONTROL, "capture into a file that did not come with the call")      \
  X ("control-backup", DRILL_CONTROL, "back up to descriptors that did not come with the call")

#define DRILL_TALK(X)                                                                              \
  DRILL_TALK_QMP (X)                                                                               \
  DRILL_TALK_LINK (X)                                                                              \
  DRILL_TALK_NET (X)                                                                               \
  DRILL_TALK_NBD (X)                                                                               \
  DRILL_TALK_IMAGE (X) DRILL_TALK_FRAMES (X) DRILL_TALK_SERVER (X) DRILL_TALK_GLASS (X)            \
      DRILL_TALK_CONTROL (X)
