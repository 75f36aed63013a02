// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/http/message.h>

#include "head_check.h"

namespace kepeng::http {

const std::string* RequestHead::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& header) { return same_name(header.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

}  // namespace kepeng::http
