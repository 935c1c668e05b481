// Labels that come later: their source, merged with that of the samples.
#pragma once

#include <memory>
#include <string>

#include "app/configuration.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// A file of samples and one of labels as one stream. Where the schema names the time, they go by it. Else a label with a member (or
// column) `position`, as `rekindle generate` writes it, comes before the sample of that index; one without comes after all samples.
[[nodiscard]] std::unique_ptr<SampleSource> with_labels_of_file(std::unique_ptr<SampleSource> samples, std::unique_ptr<SampleSource> labels,
                                                                const SourceConfiguration& source, const Schema& schema);

// The lines of a file under the name of a topic.
[[nodiscard]] std::unique_ptr<SampleSource> named_lines(std::unique_ptr<SampleSource> lines, const std::string& path,
                                                        const std::string& topic);

}  // namespace rekindle
