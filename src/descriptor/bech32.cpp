// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/bech32.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace kepeng::descriptor {
namespace {

constexpr std::string_view kCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr char kSeparator = '1';
constexpr std::size_t kChecksumSymbols = 6;
// Powers of x repeat after this many steps modulo the generator.
constexpr unsigned kPeriod = 1023;

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kCharset.size(); ++i) {
    const char c = kCharset[i];
    values[static_cast<std::uint8_t>(c)] = static_cast<std::int8_t>(i);
    if (c >= 'a' && c <= 'z') values[static_cast<std::uint8_t>(c - 'a' + 'A')] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto kValues = make_values();

constexpr std::uint32_t target(Bech32Checksum checksum) {
  return checksum == Bech32Checksum::Bech32 ? 1 : 0x2bc830a3;
}

// A remainder is six symbols in 30 bits. One step: times x, modulo the generator, which the table holds times each of
// the 32 symbols.
constexpr std::array<std::uint32_t, 32> make_generator_multiples() {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  std::array<std::uint32_t, 32> multiples{};
  for (std::size_t top = 0; top < 32; ++top) {
    for (std::size_t bit = 0; bit < 5; ++bit) multiples[top] ^= (top >> bit & 1) != 0 ? kGenerator[bit] : 0;
  }
  return multiples;
}
constexpr auto kGeneratorMultiples = make_generator_multiples();

constexpr std::uint32_t times_x(std::uint32_t remainder) {
  return ((remainder & 0x1ffffff) << 5) ^ kGeneratorMultiples[remainder >> 25];
}

std::uint32_t remainder_after(std::string_view prefix, ByteView symbols) {
  std::uint32_t remainder = 1;
  for (const char c : prefix) remainder = times_x(remainder) ^ (static_cast<std::uint8_t>(c) >> 5);
  remainder = times_x(remainder);
  for (const char c : prefix) remainder = times_x(remainder) ^ (static_cast<std::uint8_t>(c) & 31);
  for (const std::uint8_t symbol : symbols) remainder = times_x(remainder) ^ symbol;
  return remainder;
}

// Positions of characters that cannot be printed, or are of the other case than the first letter.
std::vector<int> wrong_characters(std::string_view text) {
  std::vector<int> wrong;
  bool lower = false;
  bool upper = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool printable = c >= 33 && c <= 126;
    if (!printable || (is_lower && upper) || (is_upper && lower)) {
      wrong.push_back(static_cast<int>(i));
      continue;
    }
    lower |= is_lower;
    upper |= is_upper;
  }
  return wrong;
}

std::string to_lower(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Which of the last `count` symbols, counted from the end, are wrong, if at most two are. Any two codewords of up to 89
// symbols differ in at least five, so there is at most one answer. Where a single error would explain the remainder but
// lies outside, two are not sought.
std::vector<unsigned> wrong_symbols(std::uint32_t remainder, unsigned count) {
  std::unordered_map<std::uint32_t, unsigned> effects;  // of one wrong symbol -> its place
  for (std::uint32_t difference = 1; difference < 32; ++difference) {
    std::uint32_t effect = difference;
    for (unsigned place = 0; place < kPeriod; ++place, effect = times_x(effect)) {
      if (effect == remainder) return place < count ? std::vector{place} : std::vector<unsigned>{};
      if (place < count) effects.emplace(effect, place);
    }
  }
  for (const auto& [effect, place] : effects) {
    const auto other = effects.find(remainder ^ effect);
    if (other != effects.end() && other->second != place) {
      return {std::max(place, other->second), std::min(place, other->second)};
    }
  }
  return {};
}

struct Parts {
  std::string prefix;
  Bytes symbols;  // checksum included
};

Bech32Errors split(std::string_view text, Parts& parts) {
  if (text.size() > kBech32CharactersMax) {
    Bech32Errors errors{"Bech32 string too long", {}};
    for (std::size_t i = kBech32CharactersMax; i < text.size(); ++i) errors.positions.push_back(static_cast<int>(i));
    return errors;
  }
  if (auto wrong = wrong_characters(text); !wrong.empty()) return {"Invalid character or mixed case", std::move(wrong)};
  const std::size_t separator = text.rfind(kSeparator);
  if (separator == std::string_view::npos) return {"Missing separator", {}};
  if (separator == 0 || separator + kChecksumSymbols >= text.size()) {
    return {"Invalid separator position", {static_cast<int>(separator)}};
  }
  parts.prefix = to_lower(text.substr(0, separator));
  for (std::size_t i = separator + 1; i < text.size(); ++i) {
    const int value = kValues[static_cast<std::uint8_t>(text[i])];
    if (value < 0) return {"Invalid Base 32 character", {static_cast<int>(i)}};
    parts.symbols.push_back(static_cast<std::uint8_t>(value));
  }
  return {};
}

}  // namespace

std::string encode_bech32(const Bech32Text& content) {
  Bytes symbols = content.symbols;
  symbols.resize(symbols.size() + kChecksumSymbols);
  const std::uint32_t checksum = remainder_after(content.prefix, symbols) ^ target(content.checksum);
  for (std::size_t i = 0; i < kChecksumSymbols; ++i) {
    symbols[content.symbols.size() + i] = checksum >> (5 * (kChecksumSymbols - 1 - i)) & 31;
  }
  std::string text = content.prefix;
  text.reserve(text.size() + 1 + symbols.size());
  text.push_back(kSeparator);
  for (const std::uint8_t symbol : symbols) text.push_back(kCharset[symbol]);
  return text;
}

std::optional<Bech32Text> decode_bech32(std::string_view text) {
  Parts parts;
  if (!split(text, parts).message.empty()) return std::nullopt;
  const std::uint32_t remainder = remainder_after(parts.prefix, parts.symbols);
  for (const Bech32Checksum checksum : {Bech32Checksum::Bech32, Bech32Checksum::Bech32m}) {
    if (remainder != target(checksum)) continue;
    parts.symbols.resize(parts.symbols.size() - kChecksumSymbols);
    return Bech32Text{checksum, std::move(parts.prefix), std::move(parts.symbols)};
  }
  return std::nullopt;
}

Bech32Errors locate_bech32_errors(std::string_view text) {
  Parts parts;
  if (auto errors = split(text, parts); !errors.message.empty()) return errors;
  const std::uint32_t remainder = remainder_after(parts.prefix, parts.symbols);
  Bech32Errors best{"Invalid checksum", {}};
  // The witness version may itself be wrong, so both checksums are tried: the one with fewer errors is meant.
  for (const Bech32Checksum checksum : {Bech32Checksum::Bech32, Bech32Checksum::Bech32m}) {
    if (remainder == target(checksum)) return {};
    const auto wrong = wrong_symbols(remainder ^ target(checksum), static_cast<unsigned>(parts.symbols.size()));
    if (wrong.empty() || (!best.positions.empty() && wrong.size() >= best.positions.size())) continue;
    best.message = checksum == Bech32Checksum::Bech32 ? "Invalid Bech32 checksum" : "Invalid Bech32m checksum";
    best.positions.clear();
    for (const unsigned from_end : wrong) best.positions.push_back(static_cast<int>(text.size() - 1 - from_end));
  }
  return best;
}

void append_as_symbols(Bytes& symbols, ByteView bytes) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xfff;
    for (count += 8; count >= 5; count -= 5) symbols.push_back(bits >> (count - 5) & 31);
  }
  if (count > 0) symbols.push_back(static_cast<std::uint8_t>(bits << (5 - count) & 31));
}

std::optional<Bytes> symbols_to_bytes(ByteView symbols) {
  Bytes bytes;
  bytes.reserve(symbols.size() * 5 / 8);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t symbol : symbols) {
    bits = (bits << 5 | symbol) & 0xfff;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  if (count >= 5 || (bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace kepeng::descriptor
