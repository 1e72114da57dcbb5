#pragma once
#include <boost/asio/any_io_executor.hpp>

namespace calluna::io {

/// Where completions run. An object that takes one belongs to it: it is called and calls back there
/// only.
using executor = boost::asio::any_io_executor;

}  // namespace calluna::io
