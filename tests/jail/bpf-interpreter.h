/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs a seccomp filter as the kernel would, without a kernel. For tests. Pure.
 *
 * Source: Documentation/userspace-api/seccomp_filter.rst and Documentation/networking/filter.rst of
 * Linux, and <linux/bpf_common.h>.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the filter returns for a call (SECCOMP_RET_... with its data) in *ret_verdict. FALSE if the
 * program is not one that the kernel would take, or reads outside `data`. */
bool bpf_run (const struct sock_filter *program,
              size_t length,
              const struct seccomp_data *data,
              uint32_t *ret_verdict);
