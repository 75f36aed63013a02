// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/method.h>

#include <algorithm>
#include <array>

namespace kepeng::rpc {
namespace {

const json::Value kNull;

}  // namespace

std::string_view to_text(Category category) {
  constexpr std::array<std::string_view, 8> kNames{"blockchain",      "control", "mining", "network",
                                                   "rawtransactions", "util",    "wallet", "hidden"};
  return kNames[static_cast<std::size_t>(category)];
}

bool Context::allows_deprecated(std::string_view name) const {
  return std::ranges::find(services_.deprecated, name) != services_.deprecated.end();
}

const json::Value& Arguments::at(std::size_t place) const {
  return place < values_.size() ? values_[place] : kNull;
}

std::string_view Arguments::string(std::size_t place) const {
  const std::string* text = at(place).as_string();
  return text == nullptr ? std::string_view{} : std::string_view{*text};
}

std::optional<bool> Arguments::boolean(std::size_t place) const {
  return at(place).as_bool();
}

}  // namespace kepeng::rpc
