// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The strict reading of a request's head, before a lenient parser may see it.
//
// Two programs that understand one head differently let a request be smuggled past the first of them; so whatever could
// be understood in two ways is refused here. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kepeng::http {

// Why a head cannot be accepted; nullopt when it can. `head` ends with the empty line.
std::optional<std::string_view> head_fault(std::string_view head);
// The same for a head that is still arriving: junk is seen at once instead of waited for.
std::optional<std::string_view> partial_head_fault(std::string_view bytes);

// Whether a Host header names this machine in a way that a browser page cannot forge: an IP literal, localhost, or a
// name in `allowed`.
bool host_is_allowed(std::string_view host, const std::vector<std::string>& allowed);

// Header names know no case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace kepeng::http
