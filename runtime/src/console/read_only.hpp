#pragma once
#include <calluna/bindings/app.hpp>
#include <calluna/io/executor.hpp>

namespace calluna::runtime::console {

/// Whatever the app with these options asks of PBXs, business systems and other servers, and what
/// would change something there, is refused. `on`: the app's loop, where it is told so.
void make_read_only(bindings::app_options& options, io::executor const& on);

}  // namespace calluna::runtime::console
