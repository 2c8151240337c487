"""The kinds of activity that come with the courses room, a folder each; other rooms register theirs."""
