// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/error.h>

#include <fmt/core.h>

#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

RpcError from_fault(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::Io:
    case FaultKind::DiskFull:
    case FaultKind::Corruption:
      return {Code::DatabaseError, fault.message};
    case FaultKind::NotFound:
    case FaultKind::Busy:
    case FaultKind::Unsupported:
    case FaultKind::Config:
    case FaultKind::Interrupted:
      return {Code::Misc, fault.message};
    case FaultKind::Internal:
      break;
  }
  return {Code::InternalError, fault.message};
}

RpcError type_error(json::Kind found, std::string_view expected) {
  return {Code::TypeError,
          fmt::format("JSON value of type {} is not of expected type {}", json::to_text(found), expected)};
}

}  // namespace kepeng::rpc
