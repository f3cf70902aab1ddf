/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads qemu-img's description of one qcow2 image. Runs in vitrine-vmm; decides nothing, follows no
 * name it finds.
 */
#include "image-info-parse.h"

#include "qmp/json-guard.h"

#include <string.h>

static const JsonLimits info_limits = {
  .bytes_max = IMAGE_INFO_BYTES_MAX,
  .depth_max = 12,
  .values_max = 2000,
  .string_max = 8192,
};

void
image_info_free (ImageInfo *info)
{
  g_free (info->backing_name);
  g_free (info->backing_format);
  g_free (info->data_file);
  g_free (info);
}

static gboolean
fail (GError **error, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "cannot be described: qemu-img's answer %s", why);
  return FALSE;
}

static gboolean
is_printable (const char *text)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

/* A name out of the image's header; absent is fine. */
static gboolean
copy_name (JsonNode *object, const char *member, char **out, GError **error)
{
  const char *name = json_guard_string (object, member);

  if (name == NULL)
    return TRUE;
  if (*name == '\0' || strlen (name) > IMAGE_INFO_NAME_MAX || !is_printable (name))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "names another file by an empty, overlong or unprintable name");
      return FALSE;
    }
  *out = g_strdup (name);
  return TRUE;
}

/* format-specific: {"type": "qcow2", "data": {…}} */
static gboolean
read_specific (ImageInfo *info, JsonNode *root, GError **error)
{
  JsonNode *data = json_guard_object (json_guard_object (root, "format-specific"), "data");

  if (data == NULL)
    return fail (error, "lacks the part about its format");
  info->corrupt = json_guard_boolean (data, "corrupt");
  info->encrypted |= json_object_has_member (json_node_get_object (data), "encrypt");
  return copy_name (data, "data-file", &info->data_file, error);
}

static gboolean
read_info (ImageInfo *info, JsonNode *root, GError **error)
{
  gint64 virtual_size = json_guard_int (root, "virtual-size");

  if (g_strcmp0 (json_guard_string (root, "format"), "qcow2") != 0)
    return fail (error, "is about another format");
  if (virtual_size < 0)
    return fail (error, "lacks a size");
  info->virtual_size = virtual_size;
  info->encrypted = json_guard_boolean (root, "encrypted");
  return copy_name (root, "backing-filename", &info->backing_name, error) &&
         copy_name (root, "backing-filename-format", &info->backing_format, error) &&
         read_specific (info, root, error);
}

ImageInfo *
image_info_parse (const char *json, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (ImageInfo) info = g_new0 (ImageInfo, 1);
  const char *why = NULL;
  JsonNode *root;

  if (!json_guard_check (json, size, &info_limits, &why))
    {
      fail (error, why);
      return NULL;
    }
  if (!json_parser_load_from_data (parser, json, size, NULL))
    {
      fail (error, "is not JSON");
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      fail (error, "is no object");
      return NULL;
    }
  return read_info (info, root, error) ? g_steal_pointer (&info) : NULL;
}
