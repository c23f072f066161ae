with source as (
    {{ corrected(source('lake', 'civil_affairs__register')) }}
),

renamed as (
    select
        -- ids
        person_key,
        household_id_civil_affairs,
        hint_head_key,
        hint_tail_key,
        -- dates
        start_date,
        stop_date,
        last_review_date,
        valid_to_date,
        person_birth_date as birth_date,
        -- categories
        category_code,
        area_code,
        urban_rural_code,
        relation_code,
        review_class_code,
        key_class_code,
        stop_reason_code,
        support_mode_code,
        care_level_code,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        covered_count,
        household_income_month_yuan,
        household_amount_yuan,
        -- flags
        is_covered,
        -- provenance
        _corrections,
        _period_end,
        _batch_no,
        _row_number,
        _kind,
        {{ delivery_order() }} as delivery_order
    from source
)

select * from renamed
