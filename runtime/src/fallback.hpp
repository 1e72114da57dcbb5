#pragma once
#include <calluna/log.hpp>
#include <calluna/runtime/pbx.hpp>
#include <calluna/runtime/router.hpp>

#include <string>

namespace calluna::runtime {

/// What is asked of ARI for that: see leave_application.
ari::request fallback_request(routed_channel const& channel, std::string const& fallback);

/// Takes a channel out of its Stasis application, without any Lua: a caller goes on at `fallback`
/// ("context,extension,priority"; "": at the next step of the dialplan), a leg of ours is hung up.
void leave_application(pbx& on, routed_channel const& channel, std::string const& fallback,
                       logger const& log);

/// Deletes the bridges whose id begins with `prefix`: Asterisk keeps them when their application
/// goes.
void delete_own_bridges(pbx& on, std::string const& prefix);

}  // namespace calluna::runtime
