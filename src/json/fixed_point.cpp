// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/json/value.h>

namespace kepeng::json {
namespace {

constexpr std::int64_t kUnitsMax = 999'999'999'999'999'999;  // 18 digits, as bitcoind
constexpr int kExponentMax = 1000;                           // beyond it no number but zero can fit

// The parts of a JSON number.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits{text.begin(), end};
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// What follows 'e': an optional sign and digits. A huge exponent saturates.
std::optional<int> take_exponent(std::string_view& text) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  const std::string_view digits = take_digits(text);
  if (digits.empty()) return std::nullopt;
  int exponent = 0;
  for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
  return negative ? -exponent : exponent;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  parts.negative = take(text, '-');
  parts.whole = take_digits(text);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0')) return std::nullopt;
  if (take(text, '.')) {
    parts.fraction = take_digits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if (take(text, 'e') || take(text, 'E')) {
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    parts.exponent = *exponent;
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

// units * 10 + digit, within the limit.
bool push_digit(std::int64_t& units, int digit) {
  if (units > (kUnitsMax - digit) / 10) return false;
  units = units * 10 + digit;
  return true;
}

}  // namespace

std::optional<std::int64_t> parse_fixed_point(std::string_view text, int decimals) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;

  std::string digits{parts->whole};
  digits += parts->fraction;
  // How far the number's last digit stands above (or, when negative, below) the unit.
  std::int64_t shift = std::int64_t{decimals} + parts->exponent - static_cast<std::int64_t>(parts->fraction.size());
  while (shift < 0 && digits.size() > 0 && digits.back() == '0') {
    digits.pop_back();
    ++shift;
  }
  if (digits.empty()) return 0;
  if (shift < 0) return std::nullopt;  // a digit below the unit: not exact

  std::int64_t units = 0;
  for (const char c : digits) {
    if (!push_digit(units, c - '0')) return std::nullopt;
  }
  for (; shift > 0 && units != 0; --shift) {
    if (!push_digit(units, 0)) return std::nullopt;
  }
  return parts->negative ? -units : units;
}

}  // namespace kepeng::json
