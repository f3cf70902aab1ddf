/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A strict JSON recognizer without recursion: one bit of stack a nesting level. Runs in vitrine-vmm
 * over bytes of QEMU and qemu-img (B2). It builds nothing and must never read past `size`.
 */
#include "json-guard.h"

#include <string.h>

typedef struct
{
  const char *text;
  gsize size;
  gsize at;
  const JsonLimits *limits;
  guint values;
  guint depth;
  gboolean is_object[JSON_GUARD_DEPTH_MAX]; /* of each open level */
  const char *why;
} Guard;

static gboolean
fail (Guard *guard, const char *why)
{
  if (guard->why == NULL)
    guard->why = why;
  return FALSE;
}

/* The next byte, or -1 at the end. */
static int
peek (const Guard *guard)
{
  return guard->at < guard->size ? (guchar) guard->text[guard->at] : -1;
}

static gboolean
take (Guard *guard, char wanted)
{
  if (peek (guard) != (guchar) wanted)
    return FALSE;
  guard->at++;
  return TRUE;
}

static void
skip_space (Guard *guard)
{
  while (peek (guard) == ' ' || peek (guard) == '\t' || peek (guard) == '\n' ||
         peek (guard) == '\r')
    guard->at++;
}

/* The four digits behind \u; -1: they are none. */
static int
take_code (Guard *guard)
{
  int code = 0;

  for (int i = 0; i < 4; i++)
    {
      int digit = peek (guard) < 0 ? -1 : g_ascii_xdigit_value (peek (guard));

      if (digit < 0)
        return -1;
      code = code * 16 + digit;
      guard->at++;
    }
  return code;
}

static gboolean
is_half (int code, int first)
{
  return code >= first && code < first + 0x400;
}

static gboolean
check_escape (Guard *guard)
{
  int c = peek (guard);
  int code;

  if (c < 0)
    return fail (guard, "ends inside a string");
  guard->at++;
  if (c != 'u')
    return strchr ("\"\\/bfnrt", c) != NULL || fail (guard, "has an unknown escape");
  code = take_code (guard);
  if (code < 0)
    return fail (guard, "has an unknown escape");
  /* json-glib makes text that is not UTF-8 of half a character. */
  if (is_half (code, 0xdc00) ||
      (is_half (code, 0xd800) &&
       !(take (guard, '\\') && take (guard, 'u') && is_half (take_code (guard), 0xdc00))))
    return fail (guard, "has half a character in a string");
  return code != 0 || fail (guard, "has a NUL in a string");
}

static gboolean
check_string (Guard *guard)
{
  gsize start;

  if (!take (guard, '"'))
    return fail (guard, "lacks a string where one must be");
  start = guard->at;
  for (;;)
    {
      int c = peek (guard);

      if (c < 0)
        return fail (guard, "ends inside a string");
      if (guard->at - start > guard->limits->string_max)
        return fail (guard, "has too long a string");
      guard->at++;
      if (c == '"')
        return TRUE;
      if (c < 0x20)
        return fail (guard, "has a control character in a string");
      if (c == '\\' && !check_escape (guard))
        return FALSE;
    }
}

static gboolean
check_digits (Guard *guard)
{
  gsize start = guard->at;

  while (peek (guard) >= '0' && peek (guard) <= '9')
    guard->at++;
  return guard->at > start || fail (guard, "has a malformed number");
}

static gboolean
check_number (Guard *guard)
{
  gsize start = guard->at;

  take (guard, '-');
  if (!take (guard, '0') && !check_digits (guard))
    return FALSE;
  if (take (guard, '.') && !check_digits (guard))
    return FALSE;
  if (take (guard, 'e') || take (guard, 'E'))
    {
      if (!take (guard, '+'))
        take (guard, '-');
      if (!check_digits (guard))
        return FALSE;
    }
  return guard->at - start <= 40 || fail (guard, "has too long a number");
}

static gboolean
check_word (Guard *guard)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);

      if (length <= guard->size - guard->at &&
          memcmp (guard->text + guard->at, words[i], length) == 0)
        {
          guard->at += length;
          return TRUE;
        }
    }
  return fail (guard, "is not JSON");
}

static gboolean
open_level (Guard *guard, gboolean is_object)
{
  if (guard->depth >= MIN (guard->limits->depth_max, JSON_GUARD_DEPTH_MAX))
    return fail (guard, "is nested too deeply");
  guard->is_object[guard->depth++] = is_object;
  guard->at++;
  return TRUE;
}

/* `"name" :` of an object's member. */
static gboolean
check_member_name (Guard *guard)
{
  skip_space (guard);
  if (!check_string (guard))
    return FALSE;
  skip_space (guard);
  return take (guard, ':') || fail (guard, "lacks a colon");
}

/* The start of one value: a whole scalar or string, or the bracket that opens a level. Sets
 * `opened` if an element must follow. */
static gboolean
check_value_start (Guard *guard, gboolean *opened)
{
  int c;

  *opened = FALSE;
  skip_space (guard);
  if (++guard->values > guard->limits->values_max)
    return fail (guard, "has too many values");
  c = peek (guard);
  if (c == '"')
    return check_string (guard);
  if (c == '-' || (c >= '0' && c <= '9'))
    return check_number (guard);
  if (c != '{' && c != '[')
    return check_word (guard);
  if (!open_level (guard, c == '{'))
    return FALSE;
  skip_space (guard);
  if (take (guard, c == '{' ? '}' : ']'))
    {
      guard->depth--;
      return TRUE;
    }
  *opened = TRUE;
  return c == '[' || check_member_name (guard);
}

/* After a value: closes the levels that end here. Sets `more` if a comma announces another element.
 */
static gboolean
check_value_end (Guard *guard, gboolean *more)
{
  *more = FALSE;
  while (guard->depth > 0)
    {
      gboolean is_object = guard->is_object[guard->depth - 1];

      skip_space (guard);
      if (take (guard, ','))
        {
          *more = TRUE;
          return !is_object || check_member_name (guard);
        }
      if (!take (guard, is_object ? '}' : ']'))
        return fail (guard, "lacks a comma or a closing bracket");
      guard->depth--;
    }
  return TRUE;
}

static gboolean
check_document (Guard *guard)
{
  gboolean more = TRUE;

  while (more)
    {
      gboolean opened;

      if (!check_value_start (guard, &opened))
        return FALSE;
      if (!opened && !check_value_end (guard, &more))
        return FALSE;
    }
  skip_space (guard);
  return guard->at == guard->size || fail (guard, "has something after its end");
}

gboolean
json_guard_check (const char *text, gsize size, const JsonLimits *limits, const char **ret_why)
{
  Guard guard = { .text = text, .size = size, .limits = limits };
  gboolean good;

  if (size > limits->bytes_max)
    good = fail (&guard, "is too long");
  else if (!g_utf8_validate_len (text, size, NULL))
    good = fail (&guard, "is not UTF-8");
  else
    good = check_document (&guard);
  if (!good && ret_why != NULL)
    *ret_why = guard.why;
  return good;
}

static JsonNode *
member (JsonNode *object, const char *name, JsonNodeType type)
{
  JsonNode *node = NULL;

  if (object != NULL && JSON_NODE_HOLDS_OBJECT (object))
    node = json_object_get_member (json_node_get_object (object), name);
  return node != NULL && json_node_get_node_type (node) == type ? node : NULL;
}

const char *
json_guard_string (JsonNode *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

gint64
json_guard_int (JsonNode *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node)
                                                                         : 0;
}

gboolean
json_guard_boolean (JsonNode *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

JsonNode *
json_guard_object (JsonNode *object, const char *name)
{
  return member (object, name, JSON_NODE_OBJECT);
}
