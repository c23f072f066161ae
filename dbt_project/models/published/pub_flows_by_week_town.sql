select * from {{ ref('fct_weekly_flow') }}
