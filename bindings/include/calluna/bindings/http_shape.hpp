#pragma once
#include <calluna/bindings/http_door.hpp>

#include <string>

namespace calluna::bindings {

/// What two routes that take the same requests have in common: "GET /v1/calls/{}", and
/// "GET /pages/{...}" for a path whose last name takes all that follows.
std::string shape_of(http_route const& route);

}  // namespace calluna::bindings
