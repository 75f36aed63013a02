// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Output descriptors (BIP380 to BIP387) as a tree: pk, pkh, wpkh, combo, sh, wsh, multi, sortedmulti, tr with its
// scripts, multi_a, sortedmulti_a, rawtr, addr, raw.
//
// Where a function may stand is a table, so text nests no deeper than sh(wsh(...)); only the tree of tr() recurses, to
// 128 levels, as deep as taproot goes. Not read: miniscript, musig() (BIP390), multipath (BIP389). Values; any thread;
// errors are texts for the user, bitcoind's where clients are known to meet them.
#pragma once

#include <kepeng/descriptor/descriptor.h>
#include <kepeng/descriptor/key_expression.h>

namespace kepeng::descriptor {

enum class DescriptorFunction : std::uint8_t {
  Pk,
  Pkh,
  Wpkh,
  Combo,
  Sh,
  Wsh,
  Multi,
  SortedMulti,
  Tr,
  MultiA,
  SortedMultiA,
  RawTr,
  Addr,
  Raw,
};

struct DescriptorNode {
  DescriptorFunction function = DescriptorFunction::Raw;
  std::uint32_t threshold = 0;        // of multisig
  std::vector<KeyExpression> keys;    // tr: the internal key
  std::vector<DescriptorNode> inner;  // of sh and wsh; the leaves of tr, depth first
  std::vector<std::uint32_t> depths;  // of the leaves
  Bytes script;                       // of addr and raw
};

class OutputDescriptor {
 public:
  static Result<OutputDescriptor, std::string> parse(std::string_view text, const params::NetworkParams& network,
                                                     ChecksumNeed need, const crypto::Signer& signer);

  bool is_ranged() const;
  bool has_private_keys() const;
  // Whether it says how its outputs can be spent, not only what they are.
  bool is_solvable() const {
    return root_.function != DescriptorFunction::Addr && root_.function != DescriptorFunction::Raw;
  }
  bool is_combo() const { return root_.function == DescriptorFunction::Combo; }
  // With public keys only, without checksum.
  const std::string& public_text() const { return text_; }
  // The scriptPubKeys at this index: one, of combo up to four; nullopt where private keys would be needed.
  std::optional<std::vector<Bytes>> scripts_at(std::uint32_t index, const crypto::Signer& signer) const;

 private:
  DescriptorNode root_;
  std::string text_;
};

// The text without its checksum, if that is right; else what is wrong with it.
Result<std::string_view, std::string> strip_checksum(std::string_view text, ChecksumNeed need);

}  // namespace kepeng::descriptor
