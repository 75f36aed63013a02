// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/output_descriptor.h>

namespace kepeng::descriptor {
namespace {

using Function = DescriptorFunction;
using Parsed = Result<DescriptorNode, std::string>;

constexpr std::uint32_t kTreeDepthMax = 128;  // BIP341
constexpr std::size_t kMultisigKeysMax = 20;
constexpr std::size_t kBareMultisigKeysMax = 3;
constexpr std::size_t kTapMultisigKeysMax = 999;
constexpr std::size_t kP2shBytesMax = 520;

enum class Place : std::uint8_t { Top, Sh, Wsh, Tr };
constexpr unsigned in(Place place) {
  return 1u << static_cast<unsigned>(place);
}

struct Row {
  std::string_view name;
  Function function;
  unsigned places;
  std::string_view refusal;  // elsewhere
};

constexpr unsigned kScripts = in(Place::Top) | in(Place::Sh) | in(Place::Wsh);
constexpr std::string_view kOnlyTop = "at top level";
constexpr std::string_view kOnlyScripts = "at top level, in sh(), or in wsh()";
constexpr Row kFunctions[] = {
    {"pk", Function::Pk, kScripts | in(Place::Tr), {}},
    {"pkh", Function::Pkh, kScripts | in(Place::Tr), {}},
    {"wpkh", Function::Wpkh, in(Place::Top) | in(Place::Sh), "at top level or inside sh()"},
    {"combo", Function::Combo, in(Place::Top), kOnlyTop},
    {"sh", Function::Sh, in(Place::Top), kOnlyTop},
    {"wsh", Function::Wsh, in(Place::Top) | in(Place::Sh), "at top level or inside sh()"},
    {"multi", Function::Multi, kScripts, kOnlyScripts},
    {"sortedmulti", Function::SortedMulti, kScripts, kOnlyScripts},
    {"multi_a", Function::MultiA, in(Place::Tr), "inside tr()"},
    {"sortedmulti_a", Function::SortedMultiA, in(Place::Tr), "inside tr()"},
    {"tr", Function::Tr, in(Place::Top), kOnlyTop},
    {"rawtr", Function::RawTr, in(Place::Top), kOnlyTop},
    {"addr", Function::Addr, in(Place::Top), kOnlyTop},
    {"raw", Function::Raw, in(Place::Top), kOnlyTop},
};

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

KeyForms forms_for(Function function, Place place) {
  if (place == Place::Tr || function == Function::Tr || function == Function::RawTr) return KeyForms::XOnly;
  return place == Place::Wsh || function == Function::Wpkh ? KeyForms::Compressed : KeyForms::All;
}

// Reads from left to right and writes the public form as it goes.
class Parser {
 public:
  Parser(std::string_view text, const params::NetworkParams& network, const crypto::Signer& signer)
      : rest_{text}, network_{network}, signer_{signer} {}

  Parsed parse_script(Place place);
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  std::string take_public_text() { return std::move(public_text_); }

 private:
  Result<Unit, std::string> parse_arguments(DescriptorNode& node, Place place);
  Result<Unit, std::string> parse_multisig(DescriptorNode& node, Place place);
  Result<Unit, std::string> parse_threshold(DescriptorNode& node);
  Result<Unit, std::string> parse_tree(DescriptorNode& node, std::uint32_t depth);
  Result<Unit, std::string> parse_key(DescriptorNode& node, Place place);
  Result<Unit, std::string> parse_fixed(DescriptorNode& node);
  Result<Unit, std::string> expect(char character);
  bool next_is(char character) const { return rest_.starts_with(character); }
  std::string_view take_word();

  std::string_view rest_;
  std::string public_text_;
  const params::NetworkParams& network_;
  const crypto::Signer& signer_;
};

// What stands before the next character that ends an argument.
std::string_view Parser::take_word() {
  const std::string_view word = rest_.substr(0, rest_.find_first_of(",(){}"));
  rest_.remove_prefix(word.size());
  return word;
}

Result<Unit, std::string> Parser::expect(char character) {
  if (!next_is(character)) return refuse(fmt::format("'{}' is expected at '{}'", character, rest_.substr(0, 40)));
  rest_.remove_prefix(1);
  public_text_ += character;
  return Unit{};
}

Parsed Parser::parse_script(Place place) {
  const std::string_view name = take_word();
  const auto row = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const Row& candidate) { return candidate.name == name; });
  if (row == std::end(kFunctions) || !next_is('(')) {
    return refuse(fmt::format("'{}' is not a valid descriptor function", name.substr(0, 100)));
  }
  if ((row->places & in(place)) == 0) return refuse(fmt::format("Can only have {}() {}", name, row->refusal));
  public_text_ += name;
  DescriptorNode node;
  node.function = row->function;
  KP_TRY_VOID(expect('('));
  KP_TRY_VOID(parse_arguments(node, place));
  KP_TRY_VOID(expect(')'));
  return node;
}

Result<Unit, std::string> Parser::parse_arguments(DescriptorNode& node, Place place) {
  switch (node.function) {
    case Function::Sh:
    case Function::Wsh: {
      KP_TRY(DescriptorNode inner, parse_script(node.function == Function::Sh ? Place::Sh : Place::Wsh));
      node.inner.push_back(std::move(inner));
      return Unit{};
    }
    case Function::Multi:
    case Function::SortedMulti:
    case Function::MultiA:
    case Function::SortedMultiA:
      return parse_multisig(node, place);
    case Function::Addr:
    case Function::Raw:
      return parse_fixed(node);
    case Function::Tr:
      KP_TRY_VOID(parse_key(node, place));
      if (!next_is(',')) return Unit{};
      KP_TRY_VOID(expect(','));
      return parse_tree(node, 0);
    case Function::Pk:
    case Function::Pkh:
    case Function::Wpkh:
    case Function::Combo:
    case Function::RawTr:
      break;
  }
  return parse_key(node, place);
}

Result<Unit, std::string> Parser::parse_key(DescriptorNode& node, Place place) {
  const std::string_view text = take_word();
  KP_TRY(KeyExpression key, KeyExpression::parse(text, forms_for(node.function, place), network_, signer_));
  public_text_ += key.public_text();
  node.keys.push_back(std::move(key));
  return Unit{};
}

Result<Unit, std::string> Parser::parse_threshold(DescriptorNode& node) {
  const std::string_view text = take_word();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), node.threshold);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return refuse(fmt::format("Multi threshold '{}' is not valid", text.substr(0, 40)));
  }
  if (node.threshold == 0) return refuse("Multisig threshold cannot be 0, must be at least 1");
  public_text_ += std::to_string(node.threshold);
  return Unit{};
}

Result<Unit, std::string> Parser::parse_multisig(DescriptorNode& node, Place place) {
  const std::size_t keys_max = place == Place::Tr ? kTapMultisigKeysMax : kMultisigKeysMax;
  KP_TRY_VOID(parse_threshold(node));
  std::size_t script_bytes = 3;
  while (next_is(',')) {
    if (node.keys.size() == keys_max) {
      return refuse(fmt::format("Cannot have more than {} keys in multisig", keys_max));
    }
    KP_TRY_VOID(expect(','));
    KP_TRY_VOID(parse_key(node, place));
    script_bytes += node.keys.back().is_compressed() ? 34 : 66;
  }
  const std::size_t count = node.keys.size();
  if (count < node.threshold) {
    return refuse(fmt::format(
        "Multisig threshold cannot be larger than the number of keys; threshold is {} but only {} keys specified",
        node.threshold, count));
  }
  if (place == Place::Top && count > kBareMultisigKeysMax) {
    return refuse(fmt::format("Cannot have {} pubkeys in bare multisig; only at most 3 pubkeys", count));
  }
  if (place == Place::Sh && script_bytes > kP2shBytesMax) {
    return refuse(fmt::format("P2SH script is too large, {} bytes is larger than 520 bytes", script_bytes));
  }
  return Unit{};
}

// SCRIPT or {TREE,TREE}
Result<Unit, std::string> Parser::parse_tree(DescriptorNode& node, std::uint32_t depth) {
  if (depth > kTreeDepthMax) return refuse(fmt::format("tr() supports at most {} nesting levels", kTreeDepthMax));
  if (!next_is('{')) {
    KP_TRY(DescriptorNode leaf, parse_script(Place::Tr));
    node.inner.push_back(std::move(leaf));
    node.depths.push_back(depth);
    return Unit{};
  }
  KP_TRY_VOID(expect('{'));
  KP_TRY_VOID(parse_tree(node, depth + 1));
  KP_TRY_VOID(expect(','));
  KP_TRY_VOID(parse_tree(node, depth + 1));
  return expect('}');
}

Result<Unit, std::string> Parser::parse_fixed(DescriptorNode& node) {
  const std::string_view text = take_word();
  if (node.function == Function::Raw) {
    auto script = from_hex(text);
    if (!script) return refuse("Raw script is not hex");
    public_text_ += to_hex(*script);
    node.script = std::move(*script);
    return Unit{};
  }
  const auto destination = parse_address(text, network_);
  if (!destination) return refuse("Address is not valid");
  public_text_ += to_address(*destination, network_);
  node.script = destination->script();
  return Unit{};
}

}  // namespace

Result<OutputDescriptor, std::string> OutputDescriptor::parse(std::string_view text,
                                                              const params::NetworkParams& network, ChecksumNeed need,
                                                              const crypto::Signer& signer) {
  KP_TRY(const std::string_view payload, strip_checksum(text, need));
  Parser parser{payload, network, signer};
  OutputDescriptor descriptor;
  KP_TRY(descriptor.root_, parser.parse_script(Place::Top));
  if (!parser.at_end()) {
    return refuse(fmt::format("'{}' is not a valid descriptor function", parser.rest().substr(0, 40)));
  }
  descriptor.text_ = parser.take_public_text();
  return descriptor;
}

}  // namespace kepeng::descriptor
