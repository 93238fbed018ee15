-- Let an issue take what would have joined another one.
UPDATE joining SET issue = %(into)s WHERE issue = %(issue)s
