"""What every host of ours shows and how: layout, languages, headers, cookies, forms, and the pages all hosts share."""
