// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Signature operations as the block limit counts them, unscaled: legacy and P2SH ones cost 4, witness ones 1.
//
// Counting stops quietly at the first push that cannot be read; what was counted so far counts. Pure functions.
#pragma once

#include <span>

#include <kepeng/base/bytes.h>
#include <kepeng/script/flags.h>

namespace kepeng::script {

// `Exact` takes OP_1 ... OP_16 before a CHECKMULTISIG as its number of keys; otherwise it counts 20.
enum class SigopCounting : std::uint8_t { Legacy, Exact };

unsigned count_sigops(ByteView script, SigopCounting counting);

// Of the redeem script; 0 unless script_pubkey is P2SH and script_sig only pushes.
unsigned count_p2sh_sigops(ByteView script_sig, ByteView script_pubkey);

// The data of the last push; empty if the script does anything else than push, or ends with OP_1 and the like.
ByteView last_push(ByteView script_sig);

struct SpendScripts {
  ByteView script_sig;
  ByteView script_pubkey;
  std::span<const ByteView> witness;
};

// 0 without the flag WITNESS.
unsigned count_witness_sigops(const SpendScripts& spend, Flags flags);

}  // namespace kepeng::script
