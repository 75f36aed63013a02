// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the tests of this module share: the vector files in the shapes that they have here.
#pragma once

#include <array>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <kepeng/base/bytes.h>

#include "support/vectors.h"

namespace kepeng::crypto::test {

using kepeng::test::unhex;

template <std::size_t N>
std::array<std::uint8_t, N> unhex_array(const std::string& text) {
  const Bytes bytes = unhex(text);
  std::array<std::uint8_t, N> out{};
  if (bytes.size() != N) throw std::runtime_error("expected " + std::to_string(N) + " bytes: " + text);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

inline std::string text_of(const rapidjson::Value& value, const char* name) {
  return value[name].GetString();
}

struct NistCase {
  Bytes message;
  std::string digest;
};

// "Len = bits", "Msg = hex", "MD = hex".
inline std::vector<NistCase> read_nist(const std::string& name) {
  std::vector<NistCase> cases;
  std::map<std::string, std::string> fields;
  std::istringstream text{kepeng::test::read_shared_text("vectors/crypto/nist/" + name)};
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos || line[0] == '[' || line[0] == '#') continue;
    fields[line.substr(0, equals)] = line.substr(equals + 3);
    if (line.substr(0, equals) != "MD") continue;
    Bytes message = unhex(fields["Msg"]);
    message.resize(std::stoul(fields["Len"]) / 8);
    cases.push_back({std::move(message), fields["MD"]});
  }
  return cases;
}

// A message of primitives.json: hex, or a text that repeats.
inline Bytes primitive_message(const rapidjson::Value& row) {
  if (row.HasMember("message_hex")) return unhex(text_of(row, "message_hex"));
  const auto& message = row["message"];
  if (message.IsString()) return Bytes(message.GetString(), message.GetString() + message.GetStringLength());
  Bytes out;
  for (unsigned i = 0; i < message["count"].GetUint(); ++i) append(out, as_bytes(message["repeat"].GetString()));
  return out;
}

inline Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes out(size);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> random_array(std::mt19937_64& random) {
  std::array<std::uint8_t, N> out;
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

}  // namespace kepeng::crypto::test
