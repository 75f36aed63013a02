// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/output_descriptor.h>

#include <algorithm>

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/taproot.h>

namespace kepeng::descriptor {
namespace {

using Function = DescriptorFunction;
using script::Op;
using script::ScriptBuilder;
using Keys = std::vector<Bytes>;

enum class Place : std::uint8_t { Script, Leaf };

Bytes key_for(const Bytes& key, Place place) {
  return place == Place::Leaf ? Bytes(key.begin() + 1, key.end()) : key;
}

Bytes pk_script(const Bytes& key) {
  return ScriptBuilder{}.push(key).op(Op::CheckSig).take();
}
Bytes pkh_script(const Bytes& key) {
  return ScriptBuilder{}
      .op(Op::Dup)
      .op(Op::Hash160)
      .push(crypto::hash160(key))
      .op(Op::EqualVerify)
      .op(Op::CheckSig)
      .take();
}
Bytes wpkh_script(const Bytes& key) {
  return Destination::witness_program(0, crypto::hash160(key)).script();
}

Bytes multi_script(const Keys& keys, std::uint32_t threshold) {
  ScriptBuilder builder;
  builder.push_number(threshold);
  for (const Bytes& key : keys) builder.push(key);
  return builder.push_number(static_cast<std::int64_t>(keys.size())).op(Op::CheckMultisig).take();
}

Bytes multi_a_script(const Keys& keys, std::uint32_t threshold) {
  ScriptBuilder builder;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    builder.push(keys[i]).op(i == 0 ? Op::CheckSig : Op::CheckSigAdd);
  }
  return builder.push_number(threshold).op(Op::NumEqual).take();
}

std::optional<Bytes> script_of(const DescriptorNode& node, std::uint32_t index, const crypto::Signer& signer,
                               Place place);

// The root of the leaves: two finished subtrees of one depth make one of the depth above.
std::optional<crypto::Hash32> tree_root(const DescriptorNode& node, std::uint32_t index, const crypto::Signer& signer) {
  std::vector<std::pair<std::uint32_t, crypto::Hash32>> open;
  for (std::size_t i = 0; i < node.inner.size(); ++i) {
    const auto leaf = script_of(node.inner[i], index, signer, Place::Leaf);
    if (!leaf) return std::nullopt;
    std::uint32_t depth = node.depths[i];
    crypto::Hash32 hash = script::tap_leaf_hash({script::kTapscriptLeafVersion, *leaf});
    for (; !open.empty() && open.back().first == depth; --depth) {
      hash = script::tap_branch_hash(open.back().second, hash);
      open.pop_back();
    }
    open.emplace_back(depth, hash);
  }
  KP_ASSERT(open.size() == 1 && open[0].first == 0);
  return open[0].second;
}

std::optional<Bytes> taproot_script(const DescriptorNode& node, const Bytes& internal_key, std::uint32_t index,
                                    const crypto::Signer& signer) {
  Bytes root;
  if (!node.inner.empty()) {
    const auto hash = tree_root(node, index, signer);
    if (!hash) return std::nullopt;
    root.assign(hash->begin(), hash->end());
  }
  const auto output = crypto::taproot_tweak_public_key(internal_key, script::tap_tweak_hash(internal_key, root));
  if (!output) return std::nullopt;
  return Destination::witness_program(1, output->key).script();
}

std::optional<Bytes> wrapped_script(const DescriptorNode& node, std::uint32_t index, const crypto::Signer& signer) {
  const auto inner = script_of(node.inner[0], index, signer, Place::Script);
  if (!inner) return std::nullopt;
  const bool is_sh = node.function == Function::Sh;
  return (is_sh ? Destination::pay_to_script(*inner) : Destination::pay_to_witness_script(*inner)).script();
}

std::optional<Keys> keys_of(const DescriptorNode& node, std::uint32_t index, const crypto::Signer& signer,
                            Place place) {
  Keys keys;
  for (const KeyExpression& expression : node.keys) {
    const auto key = expression.key_at(index, signer);
    if (!key) return std::nullopt;
    keys.push_back(key_for(*key, place));
  }
  const bool is_sorted = node.function == Function::SortedMulti || node.function == Function::SortedMultiA;
  if (is_sorted) std::sort(keys.begin(), keys.end());
  return keys;
}

std::optional<Bytes> script_of(const DescriptorNode& node, std::uint32_t index, const crypto::Signer& signer,
                               Place place) {
  const bool is_taproot = node.function == Function::Tr || node.function == Function::RawTr;
  const auto keys = keys_of(node, index, signer, is_taproot ? Place::Leaf : place);
  if (!keys) return std::nullopt;
  switch (node.function) {
    case Function::Combo:  // the first of its scripts
    case Function::Pk:
      return pk_script(keys->front());
    case Function::Pkh:
      return pkh_script(keys->front());
    case Function::Wpkh:
      return wpkh_script(keys->front());
    case Function::Sh:
    case Function::Wsh:
      return wrapped_script(node, index, signer);
    case Function::Multi:
    case Function::SortedMulti:
      return multi_script(*keys, node.threshold);
    case Function::MultiA:
    case Function::SortedMultiA:
      return multi_a_script(*keys, node.threshold);
    case Function::Tr:
      return taproot_script(node, keys->front(), index, signer);
    case Function::RawTr:
      return Destination::witness_program(1, keys->front()).script();
    case Function::Addr:
    case Function::Raw:
      break;
  }
  return node.script;
}

template <class Predicate>
bool any_key(const DescriptorNode& node, const Predicate& predicate) {
  return std::any_of(node.keys.begin(), node.keys.end(), predicate) ||
         std::any_of(node.inner.begin(), node.inner.end(),
                     [&](const DescriptorNode& inner) { return any_key(inner, predicate); });
}

}  // namespace

bool OutputDescriptor::is_ranged() const {
  return any_key(root_, [](const KeyExpression& key) { return key.is_ranged(); });
}

bool OutputDescriptor::has_private_keys() const {
  return any_key(root_, [](const KeyExpression& key) { return key.has_private_key(); });
}

std::optional<std::vector<Bytes>> OutputDescriptor::scripts_at(std::uint32_t index,
                                                               const crypto::Signer& signer) const {
  if (!is_combo()) {
    auto script = script_of(root_, index, signer, Place::Script);
    if (!script) return std::nullopt;
    return std::vector<Bytes>{std::move(*script)};
  }
  const auto key = root_.keys[0].key_at(index, signer);
  if (!key) return std::nullopt;
  std::vector<Bytes> scripts{pk_script(*key), pkh_script(*key)};
  if (key->size() == 33) {
    scripts.push_back(wpkh_script(*key));
    scripts.push_back(Destination::pay_to_script(wpkh_script(*key)).script());
  }
  return scripts;
}

}  // namespace kepeng::descriptor
