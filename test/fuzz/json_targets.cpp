// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <cmath>

#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

Seeds json_seeds() {
  return {bytes_of(R"({"method":"getblock","params":["00",1,-2.5e-3,true,null,[],{}],"id":"x\u00e9\ud83d\ude00\n"})"),
          bytes_of("[[[[[[[[1]]]]]]]]"), bytes_of(R"({"a":1,"a":2,"":{"b":"\""}})"), bytes_of(" -0.0 ")};
}

void use_everything(const json::Value& value) {
  static_cast<void>(value.as_int64());
  static_cast<void>(value.as_uint64());
  static_cast<void>(value.as_double());
  static_cast<void>(value.as_amount());
  if (const auto twice = value.duplicate_key()) KP_ASSERT(value.find(*twice) != nullptr);
  for (const json::Value& item : value.items()) use_everything(item);
  for (const json::Member& member : value.members()) use_everything(member.value);
}

FUZZ_TARGET(json, json_seeds) {
  const auto parsed = bounded_by(input.size(), 400, [&] { return json::parse(as_text(input)); });
  if (!parsed) {
    KP_ASSERT(parsed.error().position <= input.size() && !parsed.error().message.empty());
    return;
  }
  use_everything(*parsed);
  for (const json::Layout layout : {json::Layout::Compact, json::Layout::Indented}) {
    const std::string text = json::to_text(*parsed, layout);
    const auto again = json::parse(text);
    KP_ASSERT(again && *again == *parsed && json::to_text(*again, layout) == text);
  }
}

Seeds amount_seeds() {
  return {bytes_of("0.00000001"), bytes_of("-21e6"), bytes_of("1.10000000000"), bytes_of("12345678901234567e-9"),
          bytes_of("9999999999.99999999")};
}

FUZZ_TARGET(amount, amount_seeds) {
  constexpr std::int64_t kUnitsMax = 999'999'999'999'999'999;  // 18 digits
  const auto written = [](std::int64_t units) {
    std::string text;
    json::Writer{text}.amount(units);
    return text;
  };
  const std::int64_t any = Input{input}.take<std::int64_t>() % (kUnitsMax + 1);
  KP_ASSERT(json::parse_fixed_point(written(any), 8) == any);
  const auto units = json::parse_fixed_point(as_text(input), 8);
  if (!units) return;
  KP_ASSERT(std::abs(*units) <= kUnitsMax && json::parse_fixed_point(written(*units), 8) == units);
  const auto value = json::parse(as_text(input));
  if (value) KP_ASSERT(value->as_amount() == units);  // the reader refuses exponents that no double has
  const double about = std::strtod(std::string{as_text(input)}.c_str(), nullptr) * 1e8;
  KP_ASSERT(std::abs(about - static_cast<double>(*units)) <= 1e-6 + std::abs(about) * 1e-12);
}

}  // namespace
}  // namespace kepeng::fuzz
