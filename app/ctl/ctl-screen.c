/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl screenshot type send-keys pointer`: what a person does before the glass.
 */
#include "config.h"

#include "ctl-display.h"
#include "ctl-guests.h"
#include "keymap.h"
#include "strokes.h"

#include <glib/gi18n.h>

/* Before a picture is waited for. A name of another kind of picture is a wish that cannot be met.
 */
static gboolean
check_file (const char *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file);
  gsize length = strlen (file);

  if (length < 4 || g_ascii_strcasecmp (file + length - 4, ".png") != 0)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   _ ("screenshot: '%s' does not end in .png; a picture is written as PNG only"),
                   file);
      return FALSE;
    }
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The picture cannot be written: there is no folder %s"), folder);
  return FALSE;
}

gboolean
ctl_screenshot (const CtlCall *call, GError **error)
{
  VtGuest *guest =
      check_file (ctl_call_argument (call, 1), error) ? ctl_running_guest (call, error) : NULL;
  g_autoptr (CtlDisplay) display = guest ? ctl_display_open (guest, call, error) : NULL;

  if (!display || !ctl_display_wait_picture (display, error))
    return FALSE;
  if (vt_glass_client_screenshot (ctl_display_client (display), ctl_call_argument (call, 1), error))
    return TRUE;
  g_prefix_error (error, "%s", _ ("The picture cannot be written: "));
  return FALSE;
}

/* The whole text, before any of it is typed. */
static GArray *
find_strokes (const char *text, GError **error)
{
  g_autofree char *shown = NULL;
  gunichar character;
  GArray *strokes;

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED,
                           _ ("The text is not valid UTF-8; nothing was typed"));
      return NULL;
    }
  strokes = strokes_from_text (text, &character);
  if (strokes)
    return strokes;
  shown = strokes_show_character (character);
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The character %s is not on a US keyboard; nothing was typed"), shown);
  return NULL;
}

static gboolean
press (CtlDisplay *display, guint key, GError **error)
{
  if (!ctl_display_wait_awake (display, error))
    return FALSE;
  vt_glass_client_key (ctl_display_client (display), key, TRUE);
  ctl_display_pace (display);
  return TRUE;
}

/* If the display has gone, nothing is held down any more. */
static void
release (CtlDisplay *display, guint key)
{
  vt_glass_client_key (ctl_display_client (display), key, FALSE);
  ctl_display_pace (display);
}

static gboolean
send_stroke (CtlDisplay *display, const Stroke *stroke, GError **error)
{
  guint shift = keymap_from_name ("shift");

  if (stroke->shift && !press (display, shift, error))
    return FALSE;
  if (!press (display, stroke->key, error))
    return FALSE;
  release (display, stroke->key);
  if (stroke->shift)
    release (display, shift);
  return TRUE;
}

gboolean
ctl_type (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);
  g_autoptr (GArray) strokes = guest ? find_strokes (ctl_call_argument (call, 1), error) : NULL;
  g_autoptr (CtlDisplay) display = strokes ? ctl_display_open (guest, call, error) : NULL;

  if (!display)
    return FALSE;
  for (guint i = 0; i < strokes->len; i++)
    if (!send_stroke (display, &g_array_index (strokes, Stroke, i), error))
      return FALSE;
  return ctl_display_flush (display, error);
}

/* Every chord is understood before the first is pressed. */
static GPtrArray *
find_chords (const CtlCall *call, GError **error)
{
  g_autoptr (GPtrArray) chords = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = 1; i < call->arguments->len; i++)
    {
      g_autoptr (GError) reason = NULL;
      GArray *chord = keymap_from_chord (ctl_call_argument (call, i), &reason);

      if (!chord)
        {
          g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "send-keys: %s", reason->message);
          return NULL;
        }
      g_ptr_array_add (chords, chord);
    }
  return g_steal_pointer (&chords);
}

static gboolean
send_chord (CtlDisplay *display, GArray *chord, GError **error)
{
  for (guint i = 0; i < chord->len; i++)
    if (!press (display, g_array_index (chord, guint, i), error))
      return FALSE;
  for (guint i = chord->len; i > 0; i--)
    release (display, g_array_index (chord, guint, i - 1));
  return TRUE;
}

gboolean
ctl_send_keys (const CtlCall *call, GError **error)
{
  g_autoptr (GPtrArray) chords = find_chords (call, error);
  VtGuest *guest = chords ? ctl_running_guest (call, error) : NULL;
  g_autoptr (CtlDisplay) display = guest ? ctl_display_open (guest, call, error) : NULL;

  if (!display)
    return FALSE;
  for (guint i = 0; i < chords->len; i++)
    if (!send_chord (display, g_ptr_array_index (chords, i), error))
      return FALSE;
  return ctl_display_flush (display, error);
}

static gboolean
check_inside (CtlDisplay *display, guint x, guint y, GError **error)
{
  cairo_surface_t *frame = vt_glass_client_get_frame (ctl_display_client (display));
  guint width = cairo_image_surface_get_width (frame);
  guint height = cairo_image_surface_get_height (frame);

  if (x < width && y < height)
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The place %u,%u is outside the guest's screen of %u by %u pixels"), x, y, width,
               height);
  return FALSE;
}

static void
send_button (CtlDisplay *display, gboolean down)
{
  vt_glass_client_button (ctl_display_client (display), GLASS_BUTTON_LEFT, down);
  ctl_display_pace (display);
}

gboolean
ctl_pointer (const CtlCall *call, GError **error)
{
  g_autoptr (CtlDisplay) display = NULL;
  VtGuest *guest;
  guint x, y;

  if (!ctl_parse_number ("pointer: X", ctl_call_argument (call, 1), 0, GLASS_DIMENSION_MAX - 1, &x,
                         error) ||
      !ctl_parse_number ("pointer: Y", ctl_call_argument (call, 2), 0, GLASS_DIMENSION_MAX - 1, &y,
                         error))
    return FALSE;
  guest = ctl_running_guest (call, error);
  display = guest ? ctl_display_open (guest, call, error) : NULL;
  if (!display || !ctl_display_wait_absolute (display, error) ||
      !check_inside (display, x, y, error))
    return FALSE;
  vt_glass_client_pointer (ctl_display_client (display), x, y);
  ctl_display_pace (display);
  if (ctl_call_has (call, "click"))
    {
      send_button (display, TRUE);
      send_button (display, FALSE);
    }
  return ctl_display_flush (display, error);
}

/* "1280x800", or "off" as 0 x 0. */
static gboolean
parse_size (const char *text, guint *ret_width, guint *ret_height, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "x", -1);
  guint64 width, height;

  *ret_width = *ret_height = 0;
  if (g_str_equal (text, "off"))
    return TRUE;
  if (g_strv_length (parts) == 2 &&
      g_ascii_string_to_unsigned (parts[0], 10, 1, GLASS_DIMENSION_MAX, &width, NULL) &&
      g_ascii_string_to_unsigned (parts[1], 10, 1, GLASS_DIMENSION_MAX, &height, NULL))
    {
      *ret_width = width;
      *ret_height = height;
      return TRUE;
    }
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               _ ("resize: '%s' is no size such as 1280x800 (at most %u by %u pixels), nor off"),
               text, GLASS_DIMENSION_MAX, GLASS_DIMENSION_MAX);
  return FALSE;
}

gboolean
ctl_resize (const CtlCall *call, GError **error)
{
  g_autoptr (CtlDisplay) display = NULL;
  VtGuest *guest;
  guint width, height;

  if (!parse_size (ctl_call_argument (call, 1), &width, &height, error))
    return FALSE;
  guest = ctl_running_guest (call, error);
  display = guest ? ctl_display_open (guest, call, error) : NULL;
  if (!display)
    return FALSE;
  if (width > 0)
    vt_glass_client_resize (ctl_display_client (display), width, height, 0, 0);
  else if (vt_glass_client_get_head (ctl_display_client (display)) > 0)
    vt_glass_client_head_off (ctl_display_client (display));
  else
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED,
                           _ ("The first display cannot be switched off; --head says which"));
      return FALSE;
    }
  return ctl_display_flush (display, error);
}
