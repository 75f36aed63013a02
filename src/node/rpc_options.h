// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the options say about who is served on which addresses. Pure functions.
#pragma once

#include <kepeng/config/options.h>
#include <kepeng/http/server.h>
#include <kepeng/rpc/auth.h>
#include <kepeng/rpc/whitelist.h>

namespace kepeng::node {

Result<http::ServerOptions, Fault> server_options_from(const config::Options& options);
// All but the cookie.
Result<rpc::Credentials, Fault> credentials_from(const config::Options& options);
bool wants_cookie(const config::Options& options);
rpc::CookieFile::Readers cookie_readers_from(const config::Options& options);
rpc::Whitelist whitelist_from(const config::Options& options);

}  // namespace kepeng::node
