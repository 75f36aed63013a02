// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What we relay and mine by choice, not by consensus: the numbers that options set, and the verdict.
//
// Everything here may be valid in a block. Reasons are texts that wallets match byte for byte; details are for people.
// Value types.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/policy/fee_rate.h>

namespace kepeng::policy {

struct Policy {
  bool requires_standard = true;                     // -acceptnonstdtxn=0
  FeeRate min_relay{100};                            // -minrelaytxfee
  FeeRate incremental{100};                          // -incrementalrelayfee
  FeeRate dust{3'000};                               // -dustrelayfee
  std::optional<std::uint64_t> data_bytes{100'000};  // -datacarriersize, all outputs together; nothing: no data at all
  bool permits_bare_multisig = true;                 // -permitbaremultisig
  std::uint32_t bytes_per_sigop = 20;                // -bytespersigop
};

inline constexpr std::uint64_t kStandardWeightMax = 400'000;
inline constexpr std::uint64_t kStandardSigopsCostMax = 16'000;  // a fifth of a block's
inline constexpr std::uint32_t kStrippedSizeMin = 65;            // smaller ones look like inner nodes of a merkle tree

// Why a transaction does not get in.
struct Rejection {
  enum class Kind : std::uint8_t {
    Consensus,      // would make a block invalid
    NotStandard,    // a matter of taste
    Inputs,         // policy about what it spends
    MissingInputs,  // spends what we do not know
    Premature,      // may get in later
    Witness,        // the witness alone is at fault: another one may do
    Conflict,       // is here, or spends what another one spends
    Policy,         // fees, limits of the pool
    Fees,           // too low for now: a child may pay for it
    Unknown,        // was not judged: the rest of its package failed
  };
  Kind kind = Kind::Policy;
  std::string reason;
  std::string detail{};

  // "reason, detail": as RPC tells it.
  std::string text() const { return detail.empty() ? reason : reason + ", " + detail; }
};

}  // namespace kepeng::policy
