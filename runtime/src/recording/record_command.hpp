#pragma once
#include "../cli_arguments.hpp"

#include <calluna/result.hpp>

#include <filesystem>
#include <iosfwd>

namespace calluna::runtime {

/// `calluna record`: lets the runtime write down what its PBXs say and are asked, and puts it into
/// a file, until SIGINT, SIGTERM or the end of its time. Returns an exit_code.
int do_record(cli_arguments const& a, std::ostream& out, std::ostream& err);

namespace recording {

/// Makes the people of the recording in `from` unknown (see scrubber) and writes it to `to`, which
/// only its owner may read. Reads `from` twice, holds a line at a time. Errors: a file that cannot
/// be read or written, a line that is none.
result<void> scrub_file(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace recording
}  // namespace calluna::runtime
