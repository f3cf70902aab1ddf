/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for the window, from a display process that was taken over (B7): memory that must not be
 * mapped, and messages that must not be believed. Runs jailed in vitrine-drill. All but a few
 * follow on a conversation that went well.
 */
#include "nonsense.h"

#include "ipc/glass-wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIDE 64u
#define BYTES (SIDE * SIDE * 4)
#define FDS_MAX 253 /* the kernel's, of one message */
#define TALKATIVE 20000u
#define XRGB GLASS_FORMAT_XRGB8888

#define WORDS(...) ((const guint32[]) { __VA_ARGS__ })
#define SAY(fd, ...) nonsense_say (fd, WORDS (__VA_ARGS__), sizeof WORDS (__VA_ARGS__))
#define SAY_FD(fd, memory, ...)                                                                    \
  say_fds (fd, WORDS (__VA_ARGS__), sizeof WORDS (__VA_ARGS__), memory, 1)

/* The same descriptor, n times. */
static void
say_fds (int fd, const void *data, size_t size, int memory, unsigned n)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (FDS_MAX * sizeof (int))];
  } control = { 0 };
  struct iovec vector = { (void *) data, size };
  struct msghdr message = { .msg_iov = &vector,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = CMSG_SPACE (n * sizeof (int)) };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);

  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (n * sizeof (int));
  for (unsigned i = 0; i < n; i++)
    memcpy (CMSG_DATA (head) + i * sizeof (int), &memory, sizeof (int));
  if (sendmsg (fd, &message, MSG_NOSIGNAL) < 0)
    _exit (0);
}

static int
make_memory (size_t size, int seals)
{
  static const char zeros[BYTES];
  int memory = memfd_create ("drill", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (memory < 0 || write (memory, zeros, size) != (ssize_t) size ||
      (seals != 0 && fcntl (memory, F_ADD_SEALS, seals) != 0))
    _exit (0);
  return memory;
}

/* As it should be. */
static int
good_memory (void)
{
  return make_memory (BYTES, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
}

static void
welcome (int fd)
{
  GlassHello hello;

  nonsense_hear (fd, &hello, sizeof hello);
  SAY (fd, GLASS_WELCOME, GLASS_VERSION, hello.console);
}

/* A picture that is shown and acknowledged. */
static void
show (int fd)
{
  GlassAck ack;

  welcome (fd);
  SAY (fd, GLASS_HEADS, 1, 1);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 1, SIDE, SIDE, SIDE * 4, XRGB);
  nonsense_hear (fd, &ack, sizeof ack);
}

/* --- memory --- */

static void
no_memory (int fd)
{
  show (fd);
  SAY (fd, GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4, XRGB);
}

static void
say_memory (int fd, int memory)
{
  show (fd);
  SAY_FD (fd, memory, GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4, XRGB);
}

static void
memory_unsealed (int fd)
{
  say_memory (fd, make_memory (BYTES, 0));
}

static void
memory_shrinks (int fd)
{
  say_memory (fd, make_memory (BYTES, F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
}

static void
memory_short (int fd)
{
  say_memory (fd, make_memory (BYTES - 1, F_SEAL_SHRINK | F_SEAL_GROW));
}

static void
memory_holes (int fd)
{
  int memory = make_memory (0, 0);

  if (ftruncate (memory, BYTES) != 0 ||
      fcntl (memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) != 0)
    _exit (0);
  say_memory (fd, memory);
}

static void
memory_empty (int fd)
{
  say_memory (fd, make_memory (0, F_SEAL_SHRINK | F_SEAL_GROW));
}

/* Where there can be none, the descriptor is missing. */
static void
memory_huge_pages (int fd)
{
  int memory = memfd_create ("drill", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

  if (memory < 0 || ftruncate (memory, 2 << 20) != 0 ||
      fcntl (memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    no_memory (fd);
  else
    say_memory (fd, memory);
}

static void
memory_device (int fd)
{
  say_memory (fd, open ("/dev/null", O_RDWR | O_CLOEXEC));
}

static void
memory_socket (int fd)
{
  say_memory (fd, fd);
}

static void
memory_of_cursor (int fd)
{
  show (fd);
  SAY_FD (fd, make_memory (BYTES, 0), GLASS_CURSOR, SIDE, SIDE, 0, 0);
}

/* It is mapped by then, and may not change its size for that. */
static void
memory_torn (int fd)
{
  int memory = good_memory ();
  GlassAck ack;

  show (fd);
  SAY_FD (fd, memory, GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4, XRGB);
  nonsense_hear (fd, &ack, sizeof ack);
  if (ftruncate (memory, 0) == 0)
    return;
  SAY (fd, GLASS_DAMAGE, 3, 1, 1, 0, 0, SIDE, SIDE);
  nonsense_hear (fd, &ack, sizeof ack);
  SAY (fd, 0xdeadbeef);
}

/* --- descriptors --- */

static void
many_memories (int fd)
{
  show (fd);
  say_fds (fd, WORDS (GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4, XRGB), 24, good_memory (), 8);
}

static void
flood_of_memories (int fd)
{
  show (fd);
  say_fds (fd, WORDS (GLASS_LEDS, 1), 8, good_memory (), FDS_MAX);
}

static void
uninvited_memory (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_LEDS, 1);
}

/* --- out of place --- */

static void
early (int fd)
{
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 1, SIDE, SIDE, SIDE * 4, XRGB);
}

static void
version (int fd)
{
  SAY (fd, GLASS_WELCOME, GLASS_VERSION + 1, 0);
}

static void
console (int fd)
{
  SAY (fd, GLASS_WELCOME, GLASS_VERSION, 1);
}

/* Much that is in order, and then what is not: it is still listened to. */
static void
talkative (int fd)
{
  show (fd);
  for (unsigned i = 0; i < TALKATIVE; i++)
    SAY (fd, GLASS_LEDS, i % 8);
  SAY (fd, GLASS_LEDS, 8);
}

/* --- after a picture --- */

static void
second_welcome (int fd)
{
  show (fd);
  SAY (fd, GLASS_WELCOME, GLASS_VERSION, 0);
}

static void
order (int fd)
{
  show (fd);
  SAY (fd, GLASS_HELLO, GLASS_VERSION, 0);
}

static void
unknown (int fd)
{
  show (fd);
  SAY (fd, 0xdeadbeef);
}

static void
cut (int fd)
{
  show (fd);
  SAY (fd, GLASS_POINTER_MODE);
}

static void
too_long (int fd)
{
  show (fd);
  nonsense_say_zeros (fd, 65536);
}

static void
huge (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 2, 0xffffffff, 0xffffffff, 0xfffffffc, XRGB);
}

static void
overflow (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 2, 16384, 16384, 0x40000000, XRGB);
}

static void
no_size (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 2, 0, 0, 0, XRGB);
}

static void
stride (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4 - 4, XRGB);
}

static void
format (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_SCANOUT, 2, SIDE, SIDE, SIDE * 4, 0);
}

static void
damage_outside (int fd)
{
  show (fd);
  SAY (fd, GLASS_DAMAGE, 2, 1, 1, 0, 0, SIDE + 1, 1);
}

static void
damage_wraps (int fd)
{
  show (fd);
  SAY (fd, GLASS_DAMAGE, 2, 1, 1, 1, 0, 0xffffffff, 1);
}

static void
damage_serial (int fd)
{
  show (fd);
  SAY (fd, GLASS_DAMAGE, 3, 1, 1, 0, 0, 1, 1);
}

static void
damage_many (int fd)
{
  show (fd);
  SAY (fd, GLASS_DAMAGE, 2, 0x10000001, 1, 0, 0, 1, 1);
}

static void
cursor_huge (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_CURSOR, 0xffffffff, 0xffffffff, 0, 0);
}

static void
cursor_hot (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_CURSOR, 8, 8, 8, 0);
}

static void
leds (int fd)
{
  show (fd);
  SAY (fd, GLASS_LEDS, 0xffffffff);
}

static void
mode (int fd)
{
  show (fd);
  SAY (fd, GLASS_POINTER_MODE, 2);
}

static void
sound (int fd)
{
  show (fd);
  SAY (fd, GLASS_SOUND_PLAYED, 1, 0);
}

static void
sound_many (int fd)
{
  show (fd);
  SAY (fd, GLASS_SOUND_PLAYED, 0x40000001, 0);
}

static void
heads_many (int fd)
{
  show (fd);
  SAY (fd, GLASS_HEADS, 1000, 1);
}

static void
heads_nowhere (int fd)
{
  show (fd);
  SAY (fd, GLASS_HEADS, 2, 4);
}

static void
clipboard_unasked (int fd)
{
  show (fd);
  SAY_FD (fd, good_memory (), GLASS_CLIPBOARD_DATA, 1, GLASS_CLIPBOARD_TEXT, 16);
}

static void
clipboard_kinds (int fd)
{
  show (fd);
  SAY (fd, GLASS_CLIPBOARD_OFFER, 1, 0xffffffff);
}

static void
clipboard_question (int fd)
{
  show (fd);
  SAY (fd, GLASS_CLIPBOARD_STATE, 0xffffffff, 1, 0xffffffff);
}

const Nonsense nonsense_glass[] = {
  { "glass-memory-unsealed", memory_unsealed },
  { "glass-memory-shrinks", memory_shrinks },
  { "glass-memory-short", memory_short },
  { "glass-memory-holes", memory_holes },
  { "glass-memory-empty", memory_empty },
  { "glass-memory-huge-pages", memory_huge_pages },
  { "glass-memory-device", memory_device },
  { "glass-memory-socket", memory_socket },
  { "glass-memory-of-cursor", memory_of_cursor },
  { "glass-memory-torn", memory_torn },
  { "glass-no-memory", no_memory },
  { "glass-many-memories", many_memories },
  { "glass-flood-of-memories", flood_of_memories },
  { "glass-uninvited-memory", uninvited_memory },
  { "glass-early", early },
  { "glass-version", version },
  { "glass-console", console },
  { "glass-talkative", talkative },
  { "glass-second-welcome", second_welcome },
  { "glass-order", order },
  { "glass-unknown", unknown },
  { "glass-cut", cut },
  { "glass-long", too_long },
  { "glass-huge", huge },
  { "glass-overflow", overflow },
  { "glass-no-size", no_size },
  { "glass-stride", stride },
  { "glass-format", format },
  { "glass-damage-outside", damage_outside },
  { "glass-damage-wraps", damage_wraps },
  { "glass-damage-serial", damage_serial },
  { "glass-damage-many", damage_many },
  { "glass-cursor-huge", cursor_huge },
  { "glass-cursor-hot", cursor_hot },
  { "glass-leds", leds },
  { "glass-mode", mode },
  { "glass-sound", sound },
  { "glass-sound-many", sound_many },
  { "glass-heads-many", heads_many },
  { "glass-heads-nowhere", heads_nowhere },
  { "glass-clipboard-unasked", clipboard_unasked },
  { "glass-clipboard-kinds", clipboard_kinds },
  { "glass-clipboard-question", clipboard_question },
  { 0 },
};
