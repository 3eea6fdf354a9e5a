"""The operators' pages inside a CloudWatch dashboard (custom widgets), and the same in plain text.

CloudWatch calls the function `desk` with a widget's parameters and with a `widgetContext`: the theme, the
fields of the forms, and nobody's identity. So a page only shows; what changes something is an action that
asks for the operator's name and reason, and that this function has sealed when it showed the page.
"""
