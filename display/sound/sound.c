/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's sound between the threads of vitrine-display: the lock, and how the main loop is
 * woken.
 */
#include "sound-private.h"

#include "main-wake.h"

void
sound_note (Sound *sound)
{
  sound->noted = TRUE;
}

/* The main loop is woken, unless it is awake, once the lock is given back: it would wait for it. */
void
sound_unlock (Sound *sound)
{
  gboolean wakes = sound->noted && !sound->woken;

  sound->woken |= sound->noted;
  sound->noted = FALSE;
  g_mutex_unlock (&sound->lock);
  if (wakes)
    main_wake (sound->wake);
}

SoundLocked *
sound_lock (Sound *sound)
{
  g_mutex_lock (&sound->lock);
  return sound;
}

static gboolean
on_wake (gpointer user_data)
{
  Sound *sound = user_data;

  g_mutex_lock (&sound->lock);
  sound->woken = FALSE;
  g_mutex_unlock (&sound->lock);
  sound_tell_sources (sound);
  sound_tell_sinks (sound);
  return G_SOURCE_CONTINUE;
}

Sound *
sound_new (void)
{
  Sound *sound = g_new0 (Sound, 1);

  g_mutex_init (&sound->lock);
  sound->sinks = g_ptr_array_new ();
  sound->sources = g_ptr_array_new ();
  sound->wake = main_wake_new ("sound", on_wake, sound);
  return sound;
}

void
sound_free (Sound *sound)
{
  if (sound == NULL)
    return;
  main_wake_free (sound->wake);
  g_ptr_array_unref (sound->sinks);
  g_ptr_array_unref (sound->sources);
  g_mutex_clear (&sound->lock);
  g_free (sound);
}
