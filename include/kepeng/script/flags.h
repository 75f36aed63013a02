// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which script rules hold: consensus ones that arrived by soft fork, and those of policy.
//
// `Flags` is a set of `Flag`, a value. The names are those of the script test vectors (P2SH, DERSIG, ...). CLEANSTACK
// means something only together with P2SH and WITNESS, WITNESS only together with P2SH; the interpreter reads the
// flags one by one and does not repair such sets. Pure functions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace kepeng::script {

enum class Flag : std::uint8_t {
  P2sh,                                // BIP16
  StrictEnc,                           // defined hash types, plain public keys
  DerSig,                              // BIP66
  LowS,                                // BIP146
  NullDummy,                           // BIP147
  SigPushOnly,                         // scriptSig may only push
  MinimalData,                         // shortest pushes and numbers
  DiscourageUpgradableNops,            // NOP1, NOP4-NOP10
  CleanStack,                          // one item must remain
  CheckLockTimeVerify,                 // BIP65
  CheckSequenceVerify,                 // BIP112
  Witness,                             // BIP141
  DiscourageUpgradableWitnessProgram,  // versions nobody defined
  MinimalIf,                           // exact booleans for IF in version 0
  NullFail,                            // BIP146
  WitnessPubkeyType,                   // compressed keys in version 0
  ConstScriptCode,                     // no OP_CODESEPARATOR, no FindAndDelete in legacy scripts
  Taproot,                             // BIP341, BIP342
  DiscourageUpgradableTaprootVersion,  // leaf versions nobody defined
  DiscourageOpSuccess,                 // OP_SUCCESSx
  DiscourageUpgradablePubkeyType,      // tapscript keys that are not 32 bytes
};

inline constexpr unsigned kFlagCount = 21;

class Flags {
 public:
  constexpr Flags() = default;
  constexpr Flags(std::initializer_list<Flag> flags) {
    for (const Flag flag : flags) bits_ |= bit(flag);
  }

  static constexpr Flags all() { return Flags{(1u << kFlagCount) - 1}; }
  // Bit n is the nth enumerator; bits beyond the last are dropped.
  static constexpr Flags from_bits(std::uint32_t bits) { return Flags{bits & all().bits_}; }

  constexpr bool has(Flag flag) const { return (bits_ & bit(flag)) != 0; }
  constexpr bool contains(Flags other) const { return (bits_ & other.bits_) == other.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }

  constexpr Flags with(Flags other) const { return Flags{bits_ | other.bits_}; }
  constexpr Flags without(Flags other) const { return Flags{bits_ & ~other.bits_}; }

  friend constexpr bool operator==(Flags, Flags) = default;

 private:
  explicit constexpr Flags(std::uint32_t bits) : bits_{bits} {}
  static constexpr std::uint32_t bit(Flag flag) { return 1u << static_cast<unsigned>(flag); }

  std::uint32_t bits_ = 0;
};

// What a block must satisfy once every soft fork is active.
inline constexpr Flags kConsensusFlags{
    Flag::P2sh,    Flag::DerSig, Flag::NullDummy, Flag::CheckLockTimeVerify, Flag::CheckSequenceVerify,
    Flag::Witness, Flag::Taproot};

// What the mempool asks: every rule except SIGPUSHONLY, which policy judges for whole transactions by itself.
inline constexpr Flags kStandardFlags = Flags::all().without({Flag::SigPushOnly});

std::string_view name_of(Flag flag);
// "P2SH,DERSIG" in the order of the enumerators; "NONE" for the empty set.
std::string to_string(Flags flags);
// Comma-separated names; "" and "NONE" are the empty set. nullopt for a name that does not exist.
std::optional<Flags> parse_flags(std::string_view text);

}  // namespace kepeng::script
