/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A front end's end of the glass protocol (common/ipc/glass-wire.h). Treats the display process as
 * hostile (B7): a message that breaks a rule ends the connection. The frame is mapped read-only.
 *
 * Signals:
 *   "scanout" ()                        a new frame: ask vt_glass_client_get_frame again
 *   "damage" (GlassRect *rects, uint n) what changed in it; paint, then vt_glass_client_ack
 *   "blank" ()                          no picture now
 *   "cursor" ()                         vt_glass_client_get_cursor has another answer
 *   "cursor-position" (int x, int y, gboolean visible)
 *   "pointer-mode" (gboolean absolute)
 *   "leds" (uint mask)
 *   "heads" ()                          vt_glass_client_get_n_heads or get_lit has another answer
 *   "sound-state" (uint mask)           of GLASS_SOUND_PLAYING and _RECORDING, after
 *                                       vt_glass_client_set_sound
 *   "sound" (GlassSoundFrame *frames, uint n)  what the guest plays, at most GLASS_SOUND_FRAMES_MAX
 *   "clipboard-offer" (uint kinds)      what the guest's clipboard holds for us (GLASS_CLIPBOARD_TEXT,
 *                                       GLASS_CLIPBOARD_PNG); 0: nothing
 *   "clipboard-want" (uint number, uint kind)   the guest pastes what was given: answer it, soon
 *   "clipboard-data" (uint kind, GBytes *contents)  answers a fetch; NULL: there is none
 *   "clipboard-state" (uint policy, uint question, uint direction)  ClipboardPolicy, and a question
 *                                       for a person (0: none), about which ClipboardDirection
 *   "drained" ()                        all that was sent has left this process, after some could not
 *   "closed" (const char *reason)       last; the frame stays mapped until the object is freed.
 *                                       The display process may have been restarted: connect anew
 *                                       (vt_guest_open_display) while the guest runs.
 */
#pragma once

#include "ipc/glass-wire.h"

#include <cairo.h>
#include <gio/gio.h>

#define VT_TYPE_GLASS_CLIENT (vt_glass_client_get_type ())
G_DECLARE_FINAL_TYPE (VtGlassClient, vt_glass_client, VT, GLASS_CLIENT, GObject)

/* Connects and says hello, to be shown one of the guest's heads (0 to GLASS_HEADS_MAX - 1); the answer
 * comes by signal. A head that the guest does not have stays without a picture. */
VtGlassClient *vt_glass_client_new (const char *socket_path, guint head, GError **error);

/* Over a connected socket, which it takes (tests). */
VtGlassClient *vt_glass_client_new_take_fd (int socket, guint head);

guint vt_glass_client_get_head (VtGlassClient *self);
/* How many heads the guest has; 0: not told yet. */
guint vt_glass_client_get_n_heads (VtGlassClient *self);
/* Mask of the heads that the guest drives. */
guint32 vt_glass_client_get_lit (VtGlassClient *self);

/* The present frame, CAIRO_FORMAT_RGB24 over the shared mapping, not to be drawn to; NULL while there
 * is none. Borrowed; lives until the next "scanout", "blank" or the end of the object. After damage
 * the owner of the surface must call cairo_surface_mark_dirty. */
cairo_surface_t *vt_glass_client_get_frame (VtGlassClient *self);

/* The cursor's image, CAIRO_FORMAT_ARGB32, own memory; NULL: none defined. Borrowed. */
cairo_surface_t *vt_glass_client_get_cursor (VtGlassClient *self, int *ret_hot_x, int *ret_hot_y);
gboolean vt_glass_client_get_cursor_visible (VtGlassClient *self);
gboolean vt_glass_client_is_absolute (VtGlassClient *self);
guint vt_glass_client_get_leds (VtGlassClient *self);

/* Whether the display process has welcomed us and all that was sent to it has left this process: then
 * it arrives even if the object is freed. If not yet, "drained" (or "closed") follows. */
gboolean vt_glass_client_is_drained (VtGlassClient *self);
/* And whether the display process has read it, which it does no faster than QEMU takes what it is
 * handed. Nothing follows. */
gboolean vt_glass_client_is_taken (VtGlassClient *self);

/* After painting what "scanout" or "damage" announced. Sends nothing if nothing is outstanding. */
void vt_glass_client_ack (VtGlassClient *self);

void vt_glass_client_key (VtGlassClient *self, guint qnum, gboolean down);
/* The lock keys of the client's own keyboard, which the guest's are to follow: mask of GLASS_LED_*. */
void vt_glass_client_locks (VtGlassClient *self, guint leds);
void vt_glass_client_pointer (VtGlassClient *self, guint x, guint y);
void vt_glass_client_pointer_relative (VtGlassClient *self, int dx, int dy);
void vt_glass_client_button (VtGlassClient *self, GlassButtonNumber button, gboolean down);
void vt_glass_client_touch (VtGlassClient *self, guint kind, guint slot, guint x, guint y);
/* Switches the head on if it is off. */
void vt_glass_client_resize (VtGlassClient *self, guint width, guint height, guint width_mm,
                             guint height_mm);
/* To the guest, its monitor is unplugged. Nothing for the first head. */
void vt_glass_client_head_off (VtGlassClient *self);

/* What of the guest's sound is taken part in: a mask of GLASS_SOUND_HEAR and GLASS_SOUND_SPEAK. */
void vt_glass_client_set_sound (VtGlassClient *self, guint wish);
guint vt_glass_client_get_sound_state (VtGlassClient *self);
/* What the microphone heard, at most GLASS_SOUND_FRAMES_MAX frames. Lost if it cannot be sent now. */
void vt_glass_client_record (VtGlassClient *self, const GlassSoundFrame *frames, guint n);
/* --- Clipboard (vt-glass-clipboard.c) --- */

/* Ours holds other contents of these kinds, or none (0); "clipboard-want" asks for them. The same
 * serial means the same contents. */
void vt_glass_client_clipboard_give (VtGlassClient *self, guint serial, guint kinds);
/* `contents` NULL: there is none. */
void vt_glass_client_clipboard_answer (VtGlassClient *self, guint number, guint kind,
                                       GBytes *contents);
/* Contents that stay in the display process, unasked, after this client has left. */
gboolean vt_glass_client_clipboard_leave (VtGlassClient *self, guint kind, GBytes *contents,
                                          GError **error);
/* Asks for what the guest offers; "clipboard-data" answers. FALSE: an answer is still due. */
gboolean vt_glass_client_clipboard_fetch (VtGlassClient *self, guint kind);
/* A person's answer to the question of that number. */
void vt_glass_client_clipboard_decide (VtGlassClient *self, guint question, gboolean allow);

/* A copy of the present frame as PNG, written atomically. */
gboolean vt_glass_client_screenshot (VtGlassClient *self, const char *file, GError **error);
