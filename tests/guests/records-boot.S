/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Boot sector of the records guest: loads records.c from the sectors behind it, sets 1024x768x32, enters
 * protected mode and calls records (frame buffer). Runs as the guest.
 */
#include "boot.inc"

.set MODE_INFO, 0x6000
.set VBE_MODE, 0x144

  .section .text.boot, "ax"
  boot_begin
  movw $packet, %si
  movb $0x42, %ah /* extended read, from the drive that the BIOS has left in %dl */
  int $0x13
  jc failed
  boot_set_mode
  cli
  boot_protect
failed:
  hlt
  jmp failed

  .code32
protected:
  boot_segments
  pushl MODE_INFO + 0x28
  pushl $0
  jmp records

  .globl tick_handler
tick_handler:
  pushl %eax
  movb $0x20, %al
  outb %al, $0x20
  popl %eax
  iret

  .balign 4
packet:
  .byte 16, 0
  .word 32, 0, 0x7e0 /* sectors; offset and segment of 0x7e00 */
  .quad 1
  boot_descriptors
  .org 510
  .word 0xaa55
