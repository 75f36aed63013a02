// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The one-byte names that BIP324 gives to frequent messages. Private to net.
#pragma once

#include <cstdint>
#include <optional>

#include <kepeng/net/frame.h>

namespace kepeng::net {

std::optional<MessageName> name_of_short_id(std::uint8_t id);
// Nothing for messages that go by their long name.
std::optional<std::uint8_t> short_id_of(const MessageName& name);

}  // namespace kepeng::net
