/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest that keeps records on the slave of the first IDE channel, as a careful database would:
 * each is numbered, has a checksum, and is acknowledged only after the disk has answered FLUSH
 * CACHE. At its start it reads all of them back and counts how many there are without a gap.
 * Freestanding; runs as the guest. It tells by squares of 16x16 pixels in the upper left corner,
 * each a number as a colour:
 *
 *   square 0  0x10 it reads, 0x20 it writes, 0x30 the disk is full of records
 *   square 1  how many records are acknowledged, those found at the start among them
 *   square 2  how many were found at the start
 *   square 3  how many requests the disk has refused; each is made again a tick later
 *
 * Record N: 4096 bytes at N * 65536, so that each needs another cluster of a qcow2 image.
 */
#include "record.h"

#define RECORDS 16384u
#define SECTORS (SIZE / 512)
#define STRIDE 128u /* sectors */

#define COUNT 0x1f2
#define LBA 0x1f3
#define DEVICE 0x1f6
#define STATUS 0x1f7
#define CONTROL 0x3f6
#define BUSY 0x80
#define FAULT 0x20
#define ERROR 0x01

enum
{
  READ_DMA = 0xc8,
  WRITE_DMA = 0xca,
  FLUSH_CACHE = 0xe7,
};

void records (uint32_t *frame) __attribute__ ((noreturn));
void tick_handler (void);

static uint16_t master;
static uint64_t idt[256];

static inline void
out (uint16_t port, uint8_t value)
{
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
in (uint16_t port)
{
  uint8_t value;

  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline void
out32 (uint16_t port, uint32_t value)
{
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t
in32 (uint16_t port)
{
  uint32_t value;

  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void
tell (uint32_t *frame, uint32_t square, uint32_t number)
{
  for (uint32_t y = 0; y < 16; y++)
    for (uint32_t x = 0; x < 16; x++)
      frame[y * 1024 + square * 16 + x] = number;
}

static uint8_t
settle (void)
{
  uint8_t status;

  do
    status = in (STATUS);
  while (status & BUSY);
  return status;
}

static void
issue (uint8_t code, uint8_t sectors, uint32_t lba)
{
  settle ();
  out (DEVICE, 0xf0 | (lba >> 24 & 15)); /* the slave, by LBA */
  settle ();
  out (COUNT, sectors);
  for (uint32_t i = 0; i < 3; i++)
    out (LBA + i, lba >> 8 * i);
  out (STATUS, code);
}

static int
command (uint8_t code, uint8_t sectors, uint32_t lba)
{
  issue (code, sectors, lba);
  return (settle () & (ERROR | FAULT)) == 0;
}

/* The bus master of QEMU's pc: PCI device 1, function 1; its ports are in the fifth base address.
 */
static uint32_t
pci (uint32_t offset, uint32_t set)
{
  out32 (0xcf8, 0x80000900u | offset);
  if (set != 0)
    out32 (0xcfc, in32 (0xcfc) | set);
  return in32 (0xcfc);
}

static void
start_bus_master (void)
{
  pci (4, 5); /* ports and mastering on */
  master = pci (0x20, 0) & 0xfff0;
}

/* One record by DMA, as every operating system does it. */
static int
transfer (uint8_t code, uint8_t direction, uint32_t number)
{
  static struct
  {
    uint32_t address, size;
  } table __attribute__ ((aligned (8)));
  int is_good;

  table.address = (uint32_t) record;
  table.size = sizeof record | 0x80000000u;
  __asm__ volatile("" : : : "memory");
  out (master, direction);
  out (master + 2, in (master + 2) | 6);
  out32 (master + 4, (uint32_t) &table);
  issue (code, SECTORS, number * STRIDE);
  out (master, direction | 1);
  while (in (master + 2) & 1)
    continue;
  is_good = (settle () & (ERROR | FAULT)) == 0 && (in (master + 2) & 2) == 0;
  out (master, 0);
  __asm__ volatile("" : : : "memory");
  return is_good;
}

static int
read_record (uint32_t number)
{
  return transfer (READ_DMA, 8, number);
}

static int
write_record (uint32_t number)
{
  return transfer (WRITE_DMA, 0, number) && command (FLUSH_CACHE, 0, 0);
}

/* A hundred ticks a second, of the timer alone. */
static void
start_timer (void)
{
  struct __attribute__ ((packed))
  {
    uint16_t limit;
    uint32_t base;
  } pointer = { sizeof idt - 1, (uint32_t) idt };

  for (uint32_t i = 0; i < 256; i++)
    idt[i] = ((uint64_t) ((uint32_t) tick_handler & 0xffff0000u) | 0x8e00) << 32 | 0x80000 |
             ((uint32_t) tick_handler & 0xffff);
  __asm__ volatile("lidt %0" : : "m"(pointer));
  out (0x43, 0x34);
  out (0x40, 11932 & 255);
  out (0x40, 11932 >> 8);
  out (0x21, 0xfe);
  out (0xa1, 0xff);
}

static void
wait_tick (void)
{
  __asm__ volatile("sti; hlt; cli");
}

void
records (uint32_t *frame)
{
  uint32_t number = 0;
  uint32_t refused = 0;

  for (uint32_t square = 0; square < 4; square++)
    tell (frame, square, 0);
  start_timer ();
  out (CONTROL, 2); /* no interrupts of the disk's */
  tell (frame, 0, 0x10);
  start_bus_master ();
  while (number < RECORDS)
    if (read_record (number))
      {
        if (!is_good (number))
          break;
        number++;
      }
    else
      {
        tell (frame, 3, ++refused);
        wait_tick ();
      }
  tell (frame, 2, number);
  tell (frame, 1, number);
  tell (frame, 0, 0x20);
  while (number < RECORDS)
    {
      fill (number);
      if (write_record (number))
        tell (frame, 1, ++number);
      else
        tell (frame, 3, ++refused);
      wait_tick ();
    }
  tell (frame, 0, 0x30);
  for (;;)
    wait_tick ();
}
