// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/transport.h>

namespace kepeng::net {

const char* to_string(TransportError error) {
  switch (error) {
    case TransportError::WrongNetwork:
      return "another network's magic";
    case TransportError::MessageTooLong:
      return "message too long";
    case TransportError::GarbageTooLong:
      return "no end of garbage";
    case TransportError::Forged:
      return "packet fails its authentication";
    case TransportError::MalformedPacket:
      return "packet without a message";
    case TransportError::Unencrypted:
      return "not encrypted";
  }
  return "";
}

std::string_view name_of(TransportKind kind) {
  switch (kind) {
    case TransportKind::Detecting:
      return "detecting";
    case TransportKind::V1:
      return "v1";
    case TransportKind::V2:
      return "v2";
  }
  return {};
}

}  // namespace kepeng::net
