/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Guests of one boot sector that make or hear sound; see guest.S. Assembled once a guest with one of
 * these defined:
 *
 *   GUEST_BEEP  text mode, all blue. While a key is held the PC speaker plays 1 kHz and all is green.
 *   GUEST_ECHO  drives an AC'97 card: plays what it records, about a tenth of a second later.
 *   GUEST_TONE  drives an Intel HD Audio card: plays a square wave of 500 Hz for ever.
 *
 * Runs as the guest, trusted by nobody.
 */
#include "boot.inc"

.set BLUE, 0x1020
.set GREEN, 0x2020
.set DESCRIPTORS, 0x1000
.set BUFFERS, 0x10000
.set N_BUFFERS, 32
.set BUFFER_SAMPLES, 960 /* 10 ms of two channels */

  .text
  boot_begin
  movw $0x0003, %ax
  int $0x10
  movb $0x01, %ah /* no cursor */
  movw $0x2000, %cx
  int $0x10
  movw $BLUE, %ax
  call fill

#ifdef GUEST_BEEP
  movb $0xb6, %al /* channel 2: a square wave of 1 kHz */
  outb %al, $0x43
  movw $1193, %ax
  outb %al, $0x42
  movb %ah, %al
  outb %al, $0x42
  cli
  movw $on_key, 9 * 4
  movw $0, 9 * 4 + 2
  sti
1:
  hlt
  jmp 1b

on_key:
  pusha
  pushw %es
  inb $0x60, %al
  movb %al, %bl
  inb $0x61, %al
  orb $3, %al
  testb $0x80, %bl
  jz 1f
  andb $0xfc, %al
1:
  outb %al, $0x61
  movw $GREEN, %ax
  testb $0x80, %bl
  jz 1f
  movw $BLUE, %ax
1:
  call fill
  movb $0x20, %al
  outb %al, $0x20
  popw %es
  popa
  iret
#endif

#ifndef GUEST_BEEP
  /* Find the card on the first bus, and let it do DMA. */
#ifdef GUEST_ECHO
  movl $0x24158086, %ecx
#else
  movl $0x293e8086, %ecx
#endif
  movl $0x80000000, %ebx
1:
  movl %ebx, %eax
  call select
  inl %dx, %eax
  cmpl %ecx, %eax
  je 2f
  addl $0x100, %ebx
  cmpl $0x80010000, %ebx
  jb 1b
3:
  hlt
  jmp 3b
2:
  leal 4(%ebx), %eax
  call select
  inl %dx, %eax
  orb $7, %al
  outl %eax, %dx
#ifdef GUEST_ECHO
  jmp drive_ac97
#else
  jmp drive_hda
#endif

/* PCI register %eax: its data are at port %dx. */
select:
  movw $0xcf8, %dx
  outl %eax, %dx
  movw $0xcfc, %dx
  ret
#endif

/* The screen in the attribute and character of %ax. */
fill:
  pushw %es
  pushw $0xb800
  popw %es
  xorw %di, %di
  movw $2000, %cx
  rep stosw
  popw %es
  ret

#ifdef GUEST_ECHO
drive_ac97:
  leal 0x10(%ebx), %eax
  call select
  inl %dx, %eax
  andw $0xfffc, %ax
  movw %ax, %si /* mixer */
  leal 0x14(%ebx), %eax
  call select
  inl %dx, %eax
  andw $0xfffc, %ax
  movw %ax, %di /* bus master */

  leaw 0x2c(%di), %dx /* out of reset */
  movl $2, %eax
  outl %eax, %dx
  xorw %ax, %ax
  movw %si, %dx
  outw %ax, %dx /* all as it was when switched on */
  leaw 0x02(%si), %dx /* the master's volume */
  outw %ax, %dx
  leaw 0x18(%si), %dx /* the output's */
  outw %ax, %dx
  leaw 0x1a(%si), %dx /* record the microphone */
  outw %ax, %dx
  leaw 0x1c(%si), %dx /* at full gain, which QEMU takes for a volume */
  movw $0x0f0f, %ax
  outw %ax, %dx

  /* Input and output share their buffers. */
  pushw %di
  movw $DESCRIPTORS, %di
  movl $BUFFERS, %eax
  movw $N_BUFFERS, %cx
1:
  stosl
  movl $BUFFER_SAMPLES, (%di)
  addw $4, %di
  addl $(BUFFER_SAMPLES * 2), %eax
  loop 1b
  popw %di

  call run_channel
  sti
1:
  hlt /* a twentieth of a second, until the timer's tick */
  leaw 4(%di), %dx
  inb %dx, %al
  cmpb $3, %al
  jb 1b
  addw $0x10, %di
  call run_channel
  subw $0x10, %di
1:
  hlt
  call feed_channel
  addw $0x10, %di
  call feed_channel
  subw $0x10, %di
  jmp 1b

/* The channel at %di: from the first descriptor on. */
run_channel:
  leaw 0xb(%di), %dx
  movb $2, %al
  outb %al, %dx
  movw %di, %dx
  movl $DESCRIPTORS, %eax
  outl %eax, %dx
  leaw 5(%di), %dx
  movb $(N_BUFFERS - 1), %al
  outb %al, %dx
  leaw 0xb(%di), %dx
  movb $1, %al
  outb %al, %dx
  ret

/* The last valid descriptor is the one before that in use. */
feed_channel:
  leaw 4(%di), %dx
  inb %dx, %al
  decb %al
  andb $(N_BUFFERS - 1), %al
  incw %dx
  outb %al, %dx
  ret
#endif

#ifdef GUEST_TONE
drive_hda:
  leal 0x10(%ebx), %eax
  call select
  inl %dx, %eax
  andb $0xf0, %al
  movl %eax, %ebp /* its registers */

  /* One buffer of a period of 96 frames, 24 times: 48 ms. */
  movw $(BUFFERS >> 4), %ax
  movw %ax, %es
  xorw %di, %di
  movw $24, %dx
1:
  movl $0x20002000, %eax
  movw $48, %cx
  rep stosl
  movl $0xe000e000, %eax
  movw $48, %cx
  rep stosl
  decw %dx
  jnz 1b
  xorw %ax, %ax
  movw %ax, %es
  movw $DESCRIPTORS, %di
  movw $2, %cx
1:
  movl $BUFFERS, %eax
  stosl
  xorl %eax, %eax
  stosl
  movl $(24 * 96 * 4), %eax
  stosl
  xorl %eax, %eax
  stosl
  loop 1b

  boot_protect

  .code32
protected:
  movw $16, %ax
  movw %ax, %ds
  movw %ax, %ss
  movl $1, 0x8(%ebp) /* out of reset */
1:
  testl $1, 0x8(%ebp)
  jz 1b
  /* QEMU's codec: the output converter is node 2, its pin node 3. */
  movl $0x00270610, %eax /* node 2: stream 1 */
  call verb
  movl $0x00220011, %eax /* node 2: 48 kHz, 16 bits, two channels */
  call verb
  movl $0x00370740, %eax /* node 3: output on */
  call verb
  leal 0x100(%ebp), %edi /* the first output stream: behind four inputs of 32 bytes each */
  movl $(24 * 96 * 4 * 2), 0x8(%edi)
  movw $1, 0xc(%edi)
  movw $0x0011, 0x12(%edi)
  movl $DESCRIPTORS, 0x18(%edi)
  movl $0, 0x1c(%edi)
  movl $0x00100002, (%edi) /* stream 1, run */
1:
  hlt
  jmp 1b

/* Sends %eax by the immediate command interface. */
verb:
  testw $1, 0x68(%ebp)
  jnz verb
  movl %eax, 0x60(%ebp)
  movw $1, 0x68(%ebp)
1:
  testw $1, 0x68(%ebp)
  jnz 1b
  ret

  .balign 4
  boot_descriptors
#endif

  .org 510
  .word 0xaa55
  .org 1 << 20 /* SeaBIOS reads no disk of less than a cylinder behind AHCI */
