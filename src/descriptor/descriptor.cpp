// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/output_descriptor.h>

#include <fmt/core.h>

#include <array>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/script/output_template.h>

namespace kepeng::descriptor {
namespace {

constexpr std::size_t kChecksumCharacters = 8;

// --- checksum (BIP380) -----------------------------------------------------------------------------------------------

// Characters in the order of BIP380: those that are mistaken for one another are 32 apart.
constexpr std::string_view kInputCharset =
    "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
constexpr std::string_view kChecksumCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

constexpr std::array<std::int8_t, 256> make_places() {
  std::array<std::int8_t, 256> places{};
  places.fill(-1);
  for (std::size_t i = 0; i < kInputCharset.size(); ++i) {
    places[static_cast<std::uint8_t>(kInputCharset[i])] = static_cast<std::int8_t>(i);
  }
  return places;
}
constexpr auto kPlaces = make_places();

// The generator times each of the 32 symbols that may be on top of a 40-bit remainder.
constexpr std::array<std::uint64_t, 32> make_generator_multiples() {
  constexpr std::array<std::uint64_t, 5> kGenerator{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a,
                                                    0x644d626ffd};
  std::array<std::uint64_t, 32> multiples{};
  for (std::size_t top = 0; top < 32; ++top) {
    for (std::size_t bit = 0; bit < 5; ++bit) multiples[top] ^= (top >> bit & 1) != 0 ? kGenerator[bit] : 0;
  }
  return multiples;
}
constexpr auto kGeneratorMultiples = make_generator_multiples();

constexpr std::uint64_t step(std::uint64_t remainder, std::uint64_t symbol) {
  return (((remainder & 0x7ffffffff) << 5) | symbol) ^ kGeneratorMultiples[remainder >> 35];
}

// --- inference -------------------------------------------------------------------------------------------------------

enum class Place { Top, Wsh };

// Encodings that a descriptor can name; whether the point is on the curve is not asked.
bool can_be_named(ByteView key, Place place) {
  if (key.size() == 33) return key[0] == 2 || key[0] == 3;
  return key.size() == 65 && key[0] == 4 && place == Place::Top;
}

bool is_on_curve(ByteView xonly) {
  Bytes compressed{2};
  append(compressed, xonly);
  return crypto::is_valid_public_key(compressed);
}

// Forms that name their keys; empty if the script has none of them.
std::string infer_keys(const script::OutputTemplate& output, Place place) {
  if (output.type == script::OutputType::PubKey && can_be_named(output.payload, place)) {
    return "pk(" + to_hex(output.payload) + ")";
  }
  if (output.type != script::OutputType::MultiSig) return {};
  std::string text = fmt::format("multi({}", output.keys_required);
  for (const ByteView key : output.key_list()) {
    if (!can_be_named(key, place)) return {};
    text += "," + to_hex(key);
  }
  return text + ")";
}

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

// The argument of `name(...)`, if the text has that form.
std::optional<std::string_view> argument_of(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || text.size() < name.size() + 2) return std::nullopt;
  text.remove_prefix(name.size());
  if (text.front() != '(' || text.back() != ')') return std::nullopt;
  return text.substr(1, text.size() - 2);
}

}  // namespace

std::optional<std::string> descriptor_checksum(std::string_view descriptor) {
  std::uint64_t remainder = 1;
  std::uint64_t group = 0;  // the high parts of up to three characters make one more symbol
  unsigned grouped = 0;
  for (const char c : descriptor) {
    const int place = kPlaces[static_cast<std::uint8_t>(c)];
    if (place < 0) return std::nullopt;
    remainder = step(remainder, static_cast<std::uint64_t>(place & 31));
    group = group * 3 + static_cast<std::uint64_t>(place >> 5);
    if (++grouped < 3) continue;
    remainder = step(remainder, group);
    group = 0;
    grouped = 0;
  }
  if (grouped > 0) remainder = step(remainder, group);
  for (std::size_t i = 0; i < kChecksumCharacters; ++i) remainder = step(remainder, 0);
  remainder ^= 1;
  std::string checksum(kChecksumCharacters, ' ');
  for (std::size_t i = 0; i < kChecksumCharacters; ++i) {
    checksum[i] = kChecksumCharset[remainder >> (5 * (kChecksumCharacters - 1 - i)) & 31];
  }
  return checksum;
}

std::string with_checksum(std::string descriptor) {
  const auto checksum = descriptor_checksum(descriptor);
  KP_ASSERT(checksum.has_value());
  return std::move(descriptor) + "#" + *checksum;
}

OutputNames name_output(ByteView script_pubkey, const params::NetworkParams& network) {
  OutputNames names;
  if (const auto destination = Destination::of_script(script_pubkey)) names.address = to_address(*destination, network);
  const script::OutputTemplate output = script::classify_output(script_pubkey);
  std::string text = infer_keys(output, Place::Top);
  if (text.empty() && output.type == script::OutputType::WitnessV1Taproot && is_on_curve(output.payload)) {
    text = "rawtr(" + to_hex(output.payload) + ")";
  }
  if (text.empty() && names.address) text = "addr(" + *names.address + ")";
  if (text.empty()) text = "raw(" + to_hex(script_pubkey) + ")";
  names.descriptor = with_checksum(std::move(text));
  return names;
}

std::string infer_descriptor(ByteView script_pubkey, const params::NetworkParams& network) {
  return name_output(script_pubkey, network).descriptor;
}

std::string infer_wsh_descriptor(ByteView witness_script, const params::NetworkParams& network) {
  std::string inner = infer_keys(script::classify_output(witness_script), Place::Wsh);
  // The miniscript 0: a script that only pushes the empty item.
  if (witness_script.size() == 1 && witness_script[0] == 0) inner = "0";
  if (!inner.empty()) return with_checksum("wsh(" + inner + ")");
  return with_checksum("addr(" + to_address(Destination::pay_to_witness_script(witness_script), network) + ")");
}

Result<std::string_view, std::string> strip_checksum(std::string_view text, ChecksumNeed need) {
  const std::size_t mark = text.find('#');
  if (mark == std::string_view::npos) {
    if (need == ChecksumNeed::Required) return refuse("Missing checksum");
    if (!descriptor_checksum(text)) return refuse("Invalid characters in payload");
    return text;
  }
  const std::string_view given = text.substr(mark + 1);
  text = text.substr(0, mark);
  if (given.find('#') != std::string_view::npos) return refuse("Multiple '#' symbols");
  if (given.size() != kChecksumCharacters) {
    return refuse(fmt::format("Expected {} character checksum, not {} characters", kChecksumCharacters, given.size()));
  }
  const auto right = descriptor_checksum(text);
  if (!right) return refuse("Invalid characters in payload");
  if (given != *right) {
    return refuse(fmt::format("Provided checksum '{}' does not match computed checksum '{}'", given, *right));
  }
  return text;
}

Result<FixedDescriptor, std::string> parse_descriptor(std::string_view text, const params::NetworkParams& network,
                                                      ChecksumNeed need) {
  KP_TRY(const std::string_view payload, strip_checksum(text, need));
  if (const auto address = argument_of(payload, "addr")) {
    const auto destination = parse_address(*address, network);
    if (!destination) return refuse("Address is not valid");
    return FixedDescriptor{std::string{payload}, destination->script()};
  }
  if (const auto hex = argument_of(payload, "raw")) {
    auto script = from_hex(*hex);
    if (!script) return refuse("Raw script is not hex");
    return FixedDescriptor{std::string{payload}, std::move(*script)};
  }
  return refuse(fmt::format("'{}' is not a valid descriptor function", payload.substr(0, payload.find('('))));
}

}  // namespace kepeng::descriptor
