/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest's shared consoles: the verbs, and the lists that its vmm keeps. Runs in the front ends;
 * files are read, and the certificate made, in a thread.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "bounded-text.h"
#include "share-address.h"
#include "share-protocol.h"
#include "tls-identity.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What is to be said to the vmm, while it is put together. */
typedef struct
{
  GVariantDict *options; /* Share's; NULL for a verb with a number */
  gboolean needs_tls;
  char *password; /* Share's */
  char *certificate_file;
  char *key_file;
  const char *method;
  guint number;
} Request;

static void
request_free (Request *request)
{
  if (request->options != NULL)
    g_variant_dict_unref (request->options);
  g_free (request->password);
  g_free (request->certificate_file);
  g_free (request->key_file);
  g_free (request);
}

static void
remember_password (VtGuest *self, guint id, const char *password)
{
  if (self->share_passwords == NULL)
    self->share_passwords = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (self->share_passwords, GUINT_TO_POINTER (id), g_strdup (password));
}

/* Of one that was not listed yet nothing is forgotten: the answer may come before the list. */
void
vt_guest_forget_passwords (VtGuest *self, GVariant *before)
{
  g_autoptr (GPtrArray) gone = vt_share_parse_list (before);
  g_autoptr (GPtrArray) living = vt_guest_get_shares (self);

  if (self->share_passwords == NULL)
    return;
  if (self->proxy == NULL)
    g_hash_table_remove_all (self->share_passwords);
  for (guint i = 0; i < gone->len; i++)
    {
      guint id = ((const VtShare *) gone->pdata[i])->id;
      gboolean lives = FALSE;

      for (guint j = 0; j < living->len; j++)
        lives = lives || ((const VtShare *) living->pdata[j])->id == id;
      if (!lives)
        g_hash_table_remove (self->share_passwords, GUINT_TO_POINTER (id));
    }
}

const char *
vt_guest_get_share_password (VtGuest *self, guint id)
{
  return self->share_passwords != NULL
             ? g_hash_table_lookup (self->share_passwords, GUINT_TO_POINTER (id))
             : NULL;
}

/* What ShareLink returned; NULL of the other verbs. Transfer full. */
static char *
take_link (GVariant *reply)
{
  const char *link;

  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(s)")))
    return NULL;
  g_variant_get (reply, "(&s)", &link);
  return bounded_text_line (link);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  const Request *request = g_task_get_task_data (task);
  g_autoptr (GVariant) dictionary = NULL;
  VtShare *share;

  if (reply == NULL)
    {
      vt_guest_return_remote_error (task, g_steal_pointer (&error));
      return;
    }
  if (request->options == NULL)
    {
      g_task_return_pointer (task, take_link (reply), g_free);
      return;
    }
  if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(a{sv})")))
    dictionary = g_variant_get_child_value (reply, 0);
  share = dictionary != NULL ? vt_share_parse (dictionary) : NULL;
  if (share != NULL)
    {
      remember_password (g_task_get_source_object (task), share->id, request->password);
      g_task_return_pointer (task, share, (GDestroyNotify) vt_share_free);
    }
  else
    g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_PROTOCOL,
                             _ ("The program that runs the guest sent a reply of another kind"));
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  VtGuest *self = VT_GUEST (source);
  const Request *request = g_task_get_task_data (task);
  VtDBusGuest1 *proxy = NULL;
  GVariant *arguments;

  if (vt_guest_settle_finish (self, result, &error))
    proxy = vt_guest_require_proxy (self, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  arguments = request->options != NULL
                  ? g_variant_new ("(@a{sv})", g_variant_dict_end (request->options))
                  : g_variant_new ("(u)", request->number);
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), request->method, arguments, G_DBUS_CALL_FLAGS_NONE, -1,
                     g_task_get_cancellable (task), on_called, g_object_ref (task));
}

static void
call (GTask *taken)
{
  vt_guest_settle_async (g_task_get_source_object (taken), g_task_get_cancellable (taken),
                         on_settled, taken);
}

static void
load_identity (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;
  TlsIdentity *identity =
      request->certificate_file != NULL
          ? tls_identity_load (request->certificate_file, request->key_file, &error)
          : tls_identity_ensure (&error);

  if (identity != NULL)
    g_task_return_pointer (task, identity, (GDestroyNotify) tls_identity_free);
  else
    g_task_return_error (task, error);
}

static void
on_identity (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TlsIdentity) identity = g_task_propagate_pointer (G_TASK (result), &error);
  Request *request = g_task_get_task_data (task);

  if (identity == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_variant_dict_insert (request->options, "certificate", "s", identity->certificate);
  g_variant_dict_insert (request->options, "key", "s", identity->key);
  call (g_steal_pointer (&task));
}

static Request *
request_new (const VtShareOptions *options)
{
  Request *request = g_new0 (Request, 1);
  const char *address = options->address != NULL ? options->address : SHARE_ADDRESS_DEFAULT;
  const char *tls = options->tls != NULL ? options->tls : "auto";
  gboolean loopback = share_address_is_loopback (address);

  request->method = "Share";
  request->needs_tls = strcmp (tls, "on") == 0 || (strcmp (tls, "auto") == 0 && !loopback);
  request->certificate_file = g_strdup (options->certificate_file);
  request->key_file = g_strdup (options->key_file);
  request->options = g_variant_dict_new (NULL);
  g_variant_dict_insert (request->options, "protocol", "s",
                         options->protocol != NULL ? options->protocol : share_protocols[0].word);
  g_variant_dict_insert (request->options, "address", "s", address);
  if (options->host != NULL)
    g_variant_dict_insert (request->options, "host", "s", options->host);
  g_variant_dict_insert (request->options, "port", "u", options->port);
  request->password = g_strdup (options->password != NULL ? options->password : "");
  g_variant_dict_insert (request->options, "password", "s", request->password);
  g_variant_dict_insert (request->options, "head", "u", MAX (options->head, 1));
  g_variant_dict_insert (request->options, "view-only", "b", options->view_only);
  g_variant_dict_insert (request->options, "ask", "b", options->ask);
  g_variant_dict_insert (request->options, "expire", "u", options->expire_s);
  g_variant_dict_insert (request->options, "tls", "s", tls);
  return request;
}

void
vt_guest_share_async (VtGuest *self,
                      const VtShareOptions *options,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Request *request = request_new (options);
  g_autoptr (GTask) work = NULL;

  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  if (!request->needs_tls)
    {
      call (task);
      return;
    }
  /* `task` holds the request for as long as the thread runs. */
  work = g_task_new (self, NULL, on_identity, task);
  g_task_set_task_data (work, request, NULL);
  g_task_run_in_thread (work, load_identity);
}

VtShare *
vt_guest_share_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
vt_guest_share_verb_async (VtGuest *self,
                           VtShareVerb verb,
                           guint number,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  static const char *const methods[] = {
    [VT_SHARE_VERB_END] = "Unshare",
    [VT_SHARE_VERB_DISCONNECT] = "DisconnectViewer",
    [VT_SHARE_VERB_ALLOW] = "AllowViewer",
    [VT_SHARE_VERB_LINK] = "ShareLink",
  };
  GTask *task = g_task_new (self, cancellable, callback, data);
  Request *request = g_new0 (Request, 1);

  request->method = methods[verb];
  request->number = number;
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  call (task);
}

gboolean
vt_guest_share_verb_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_verb_finish (self, result, error);
}

char *
vt_guest_share_link_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

GPtrArray *
vt_guest_get_shares (VtGuest *self)
{
  return vt_share_parse_list (self->proxy != NULL ? vt_dbus_guest1_get_shares (self->proxy) : NULL);
}

GPtrArray *
vt_guest_get_remote_viewers (VtGuest *self)
{
  return vt_viewer_parse_list (self->proxy != NULL ? vt_dbus_guest1_get_remote_viewers (self->proxy)
                                                   : NULL);
}
