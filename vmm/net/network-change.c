/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Changes of a running guest's network. Runs in vitrine-vmm. What front ends send is checked as
 * their files are.
 */
#include "network-private.h"

#include "fds.h"
#include "forward-socket.h"
#include "share-address.h"

#include <string.h>
#include <sys/stat.h>

static void
forward_free (NetworkForward *forward)
{
  forward_socket_close (&forward->fd);
  forward_spec_free (forward->spec);
  g_free (forward);
}

void
network_clear_forwards (Network *network)
{
  for (guint i = 0; i < network->forwards->len; i++)
    forward_free (network->forwards->pdata[i]);
  g_ptr_array_set_size (network->forwards, 0);
}

static NetworkForward *
find_forward (Network *network, const ForwardSpec *spec)
{
  g_autofree char *wanted = forward_spec_format (spec);

  for (guint i = 0; i < network->forwards->len; i++)
    {
      NetworkForward *forward = network->forwards->pdata[i];
      g_autofree char *text = forward_spec_format (forward->spec);

      if (strcmp (text, wanted) == 0)
        return forward;
    }
  return NULL;
}

static void
note_open (Network *network, const ForwardSpec *spec)
{
  g_autofree char *text = NULL;

  if (!forward_spec_is_open (spec))
    return;
  text = g_strdup_printf ("Port %u of the guest can be reached from other machines, by %s port %u.",
                          spec->guest_port, spec->address, spec->port);
  network->events.warning (text, network->user_data);
}

/* Those that are wanted and not there yet, opened. NULL if one cannot be. */
static GPtrArray *
open_new (Network *network, const char *const *texts, GHashTable *kept, GError **error)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func ((GDestroyNotify) forward_free);

  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autoptr (ForwardSpec) spec = forward_spec_parse (texts[i], error);
      NetworkForward *old = spec != NULL ? find_forward (network, spec) : NULL;
      int fd;

      if (spec == NULL)
        return NULL;
      if (old != NULL)
        {
          g_hash_table_add (kept, old);
          continue;
        }
      fd = forward_socket_new (spec, error);
      if (fd < 0)
        return NULL;
      old = g_new0 (NetworkForward, 1);
      *old = (NetworkForward) { ++network->last_forward, g_steal_pointer (&spec), fd };
      g_ptr_array_add (added, old);
    }
  return g_steal_pointer (&added);
}

gboolean
network_set_forwards (Network *network, const char *const *texts, GError **error)
{
  g_autoptr (GHashTable) kept = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) added = NULL;

  if (g_strv_length ((GStrv) texts) > NET_FORWARDS_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "A guest can have at most %u forwards", NET_FORWARDS_MAX);
      return FALSE;
    }
  network_watch_begin (network); /* which may watch sockets that are closed now */
  added = open_new (network, texts, kept, error);
  if (added == NULL)
    return FALSE;
  for (guint i = network->forwards->len; i-- > 0;)
    {
      NetworkForward *old = network->forwards->pdata[i];

      if (g_hash_table_contains (kept, old))
        continue;
      network_send_value (network, NET_FORWARD_END, old->id);
      forward_free (old);
      g_ptr_array_remove_index (network->forwards, i);
    }
  g_ptr_array_set_free_func (added, NULL);
  for (guint i = 0; i < added->len; i++)
    {
      NetworkForward *forward = added->pdata[i];

      g_ptr_array_add (network->forwards, forward);
      network_send_forward (network, forward);
      note_open (network, forward->spec);
    }
  return TRUE;
}

static gboolean
parse_policy (const char *word, GuestNetwork *ret_policy, GError **error)
{
  static const GuestNetwork all[] = { GUEST_NETWORK_OFFLINE, GUEST_NETWORK_INTERNET,
                                      GUEST_NETWORK_LAN, GUEST_NETWORK_BRIDGE };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (strcmp (guest_network_word (all[i]), word) == 0)
      {
        *ret_policy = all[i];
        return TRUE;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "The network policy is offline, internet, lan or bridge, not “%.32s”", word);
  return FALSE;
}

/* Each key must be known and of its type, or a front end is told so. */
static gboolean
check_options (GVariant *options, GError **error)
{
  static const struct
  {
    const char *key;
    const char *type;
  } known[] = {
    { "policy", "s" }, { "forward", "as" }, { "dns", "s" }, { "rate-in", "u" }, { "rate-out", "u" }
  };
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (known) && strcmp (known[i].key, key) != 0)
        i++;
      if (i == G_N_ELEMENTS (known) ||
          !g_variant_is_of_type (value, G_VARIANT_TYPE (known[i].type)))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "“%.32s” of the network cannot be changed while the guest runs", key);
          g_variant_unref (value);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_dns (const char *dns, GError **error)
{
  g_autoptr (GInetAddress) address = *dns != '\0' ? share_address_parse (dns, error) : NULL;

  return *dns == '\0' || address != NULL;
}

/* Whether the guest can have what is asked for, but for the forwards. */
static gboolean
check_change (Network *network, GVariant *options, GuestNetwork *ret_policy, GError **error)
{
  GuestNetwork policy = network->policy;
  const char *word, *dns;

  if (network->card < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "This guest has no network card: set network.device while it is "
                           "switched off");
      return FALSE;
    }
  if (!check_options (options, error))
    return FALSE;
  if (g_variant_lookup (options, "policy", "&s", &word) && !parse_policy (word, &policy, error))
    return FALSE;
  if (policy == GUEST_NETWORK_BRIDGE && network->tap < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "This guest was started without a tap: set network.policy=bridge "
                           "while it is switched off and start it with --tap-fd");
      return FALSE;
    }
  if (g_variant_lookup (options, "dns", "&s", &dns) && !check_dns (dns, error))
    return FALSE;
  *ret_policy = policy;
  return TRUE;
}

static void
change_dns (Network *network, const char *dns)
{
  g_free (network->dns);
  network->dns = *dns != '\0' ? g_strdup (dns) : NULL;
  network_send_resolvers (network);
}

static void
change_policy (Network *network, GuestNetwork policy)
{
  guest_log ("The network policy is %s", guest_network_word (policy));
  network->policy = policy;
  network_apply_policy (network);
}

gboolean
network_change (Network *network, GVariant *options, GError **error)
{
  g_autofree const char **forwards = NULL;
  GuestNetwork policy;
  const char *dns;
  guint rate;

  if (!check_change (network, options, &policy, error))
    return FALSE;
  if (g_variant_lookup (options, "forward", "^a&s", &forwards) &&
      !network_set_forwards (network, forwards, error))
    return FALSE;
  if (g_variant_lookup (options, "dns", "&s", &dns))
    change_dns (network, dns);
  if (g_variant_lookup (options, "rate-in", "u", &rate))
    network->rate_in = MIN (rate, GUEST_RATE_MAX);
  if (g_variant_lookup (options, "rate-out", "u", &rate))
    network->rate_out = MIN (rate, GUEST_RATE_MAX);
  network_send_rates (network);
  if (policy != network->policy)
    change_policy (network, policy);
  network->events.changed (network->user_data);
  return TRUE;
}

gboolean
network_capture_take (Network *network, int fd, guint64 bytes_max, GError **error)
{
  const NetCapture capture = { .type = NET_CAPTURE,
                               .bytes_max = CLAMP (bytes_max, NET_CAPTURE_BYTES_MIN,
                                                   NET_CAPTURE_BYTES_MAX) };
  autofd file = fd;
  struct stat info;

  if (network->card < 0 || network->capture >= 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           network->card < 0 ? "This guest has no network card"
                                             : "A capture is being written already: stop it first");
      return FALSE;
    }
  if (file < 0 || fstat (file, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "A capture can only be written into a regular file");
      return FALSE;
    }
  network->capture = fds_steal (&file);
  network->capture_max = capture.bytes_max;
  network_send (network, &capture, sizeof capture, network->capture);
  network_listen (network);
  guest_log ("The guest's network is being captured");
  network->events.changed (network->user_data);
  return TRUE;
}

gboolean
network_capture_stop (Network *network, GError **error)
{
  if (network->capture < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "No capture is being written");
      return FALSE;
    }
  network_send_value (network, NET_CAPTURE_STOP, 0);
  fds_clear (&network->capture);
  guest_log ("The capture of the guest's network was stopped");
  network->events.changed (network->user_data);
  return TRUE;
}

const char *
network_get_policy (Network *network)
{
  return network->card < 0 ? "none" : guest_network_word (network->policy);
}

gboolean
network_is_capturing (Network *network)
{
  return network->capture >= 0;
}

char *
network_capture_path (Network *network)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", network->capture);

  return network->capture >= 0 ? g_file_read_link (link, NULL) : NULL;
}
